; Data breakpoints as a person sets them: variables written by instructions, by a routine and by the firmware.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov di, buffer
again:
store: mov word [value], 0x1234
    mov word [value], 0x1234
    call change
    mov al, 'x'
fill: stosb
    mov ax, 0x0201
    mov bx, 0x9000
    mov cx, 0x0001
    xor dx, dx
read: int 0x13
    mov dx, 0x3fb
    in al, dx
    xor al, 0x80
lcr: out dx, al
    inc byte [rounds]
    cmp byte [rounds], 10
    jne again
    cli
    hlt
change:
    inc word [value]
    ret
value dw 0
rounds db 0
buffer times 16 db 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
