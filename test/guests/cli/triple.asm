; A triple fault: an interrupt table of no length.
        bits 16
        org 0x7c00
        cli
        xor     ax, ax
        mov     ds, ax
        mov     cx, 5
again:  loop    again
        lidt    [none]
        ud2
none    dw 0
        dd 0
        times 510 - ($ - $$) db 0
        dw 0xaa55
