; A boot sector as people write them.
        org 0x7c00
start:  xor ax, ax
        mov ds, ax
        mov si, text
next:   lodsb
        test al, al
        jz halt
        mov ah, 0x0e
        int 0x10
        jmp next
halt:   hlt
        jmp halt
text:   db 'Hello', 0
        times 510-($-$$) db 0
        dw 0xaa55
