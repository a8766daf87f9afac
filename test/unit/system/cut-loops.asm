; A loop that is cut by a quick timer at all of its instructions, and then code that is run for the first time.
org 0x7c00
bits 16
TICKS equ 0x1000
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7000
    cli
    mov word [8 * 4], tick
    mov [8 * 4 + 2], ax
    mov al, 0x34
    out 0x43, al
    mov ax, 700
    out 0x40, al
    mov al, ah
    out 0x40, al
    mov al, 0xfe
    out 0x21, al
    sti
begin:
    mov edx, 20000000
.loop:
    lea ebx, [eax + eax * 4]
    add ebx, edx
    ror ebx, 7
    xor eax, ebx
    dec edx
    jnz .loop
    cli
other:
    mov edx, 100000
.loop:
    add eax, edx
    dec edx
    jnz .loop
done:
    jmp done
tick:
    push ax
    inc word [TICKS]
    mov al, 0x20
    out 0x20, al
    pop ax
    iret
times 510 - ($ - $$) db 0
dw 0xaa55
