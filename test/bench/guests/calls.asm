; A boot sector that calls, pushes and pops for ever: its stack page is as hot as one can be. SP begins in the middle of
; the page of 6000h, so that bytes of that page far from the stack can be watched without being touched.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x6800
again:
    mov cx, 100
.round:
    push cx
    push bp
    mov bp, sp
    call outer
    pop bp
    pop cx
    loop .round
    jmp again
outer:
    push bp
    mov bp, sp
    push word [bp + 4]
    call leaf
    add sp, 2
    pop bp
    ret
leaf:
    push bp
    mov bp, sp
    mov ax, [bp + 4]
    add dx, ax
    pop bp
    ret
    times 510 - ($ - $$) db 0
    dw 0xaa55
