; Computing in real mode: arithmetic of 16 bits, memory by different segments, far calls, the stack. A table of 60 KiB in
; segment 2000h is stirred with one in segment 3000h.
%define PREPARE
%include "real.inc"

LEFT equ 0x2000
RIGHT equ 0x3000
BYTES equ 61440

prepare:
    mov ax, RIGHT
    mov es, ax
    xor di, di
    xor ax, ax
    mov cx, BYTES / 2
    rep stosw
    ret
work:
    mov bp, 1
.round:
    mov ax, LEFT
    mov ds, ax
    mov ax, RIGHT
    mov es, ax
    xor si, si
    mov ax, bp
.word:
    mov bx, si
    shr bx, 1
    and bx, 0xfffe
    imul dx, ax, 25173
    add dx, 13849
    mov ax, dx
    add [si], ax
    mov dx, [bx]
    xor [es:si], dx
    adc ax, [es:bx]
    test si, 0x3e
    jnz .next
    push ax
    call 0:far_routine
    add sp, 2
.next:
    add si, 2
    cmp si, BYTES
    jb .word
    inc bp
    dec ecx
    jnz .round
    movzx eax, ax
    xor si, si
.sum:
    rol eax, 5
    xor ax, [si]
    add ax, [es:si]
    add si, 2
    cmp si, BYTES
    jb .sum
    ret
far_routine:
    push bp
    mov bp, sp
    mov dx, [bp + 6]
    ror dx, 3
    xor ax, dx
    pop bp
    retf
    times 512 * (1 + MORE_SECTORS) - ($ - $$) db 0
