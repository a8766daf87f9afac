; Never ends, and shows nothing.
        bits 16
        org 0x7c00
        inc     eax
        jmp     $$
        times 510 - ($ - $$) db 0
        dw 0xaa55
