; Planar modes: every write mode with every function, rotation, set/reset, masks; both read modes.
%include "vga.inc"
    mov ax, 0xa000
    mov es, ax
    ; All planes filled at random, one after the other.
    mov cl, 1
.plane:
    mov dx, SEQUENCER
    mov al, 2
    mov ah, cl
    out dx, ax
    xor di, di
.fill:
    call random
    stosb
    cmp di, 0x9600
    jb .fill
    shl cl, 1
    cmp cl, 0x10
    jb .plane
    ; Then bytes here and there, each with registers of its own.
    mov bp, 12000
.next:
    mov dx, SEQUENCER
    call random
    mov ah, al
    and ah, 0x0f
    mov al, 2
    out dx, ax
    mov dx, GRAPHICS
    xor cl, cl
.register:
    call random
    mov ah, al
    mov al, cl
    cmp cl, 5
    jne .out
    ; Graphics Mode: write mode and read mode only.
    and ah, 0x0b
.out:
    cmp cl, 6
    je .skip
    out dx, ax
.skip:
    inc cl
    cmp cl, 9
    jb .register
    call random
    mov di, ax
    mov al, [es:di]
    ; What was read shows, too, a little further.
    xor al, bl
    mov [es:di], al
    dec bp
    jnz .next
    finish
    times 510 - ($ - $$) db 0
    dw 0xaa55
