; Mode 13h: every pixel by bytes, words and doublewords, and a border read back and moved.
%include "vga.inc"
    mov ax, 0xa000
    mov es, ax
    mov ds, ax
    xor di, di
.next:
    call random
    mov ecx, ebx
    shr ecx, 24
    and cl, 3
    jz .byte
    cmp cl, 1
    jz .word
    stosd
    jmp .done
.word:
    stosw
    jmp .done
.byte:
    stosb
.done:
    cmp di, 64000
    jb .next
    ; A line moved onto another.
    mov si, 320 * 100
    mov di, 320 * 50 + 3
    mov cx, 317
    rep movsb
    finish
    times 510 - ($ - $$) db 0
    dw 0xaa55
