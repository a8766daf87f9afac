; A machine to attach to: counts at 7E00h, sends what COM1 receives back in capitals, ends when an x comes.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7000
    mov ah, 0x0e
    mov al, '!'
    int 0x10
again:
    inc dword [0x7e00]
    mov dx, 0x3fd
    in al, dx
    test al, 1
    jz again
    mov dx, 0x3f8
    in al, dx
    cmp al, 'x'
    je over
    and al, 0xdf
got: out dx, al
    jmp again
over:
    mov al, 3
    out 0xf4, al
    jmp $
    times 510 - ($ - $$) db 0
    dw 0xaa55
