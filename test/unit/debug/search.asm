; What searches of the past are tested on: words that are written all the time, for a while, and once; calls, interrupts of
; the timer, repeated instructions, ports. Each round of the outer loop takes some 19,000 counts.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    cld
    ; timer 0 every 400 ticks: an interrupt about every 34,000 counts
    mov al, 0x34
    out 0x43, al
    mov ax, 400
    out 0x40, al
    mov al, ah
    out 0x40, al
    sti
round:
    inc word [rounds]
rare:
    mov word [seldom], 0x55
    ; a page of its own, that is written with what it has after a while
    mov ax, [rounds]
    cmp ax, 30
    jb settled
    mov ax, 7
settled:
    mov [0xa000], ax
    mov cx, 1000
dense:
    inc word [often]
store:
    mov [same], cx
    loop dense
    mov cx, 2000
quiet:
    add ax, cx
    xor ax, dx
    add dx, ax
    loop quiet
    mov cx, 400
calls:
    call leaf
    loop calls
    mov di, 0x9000
    mov cx, 300
fill:
    rep stosb
    in al, 0x40
port:
    in al, 0x40
    mov cx, 1500
middle:
    test cl, 0x3f
    jnz .over
    inc word [sometimes]
.over:
    loop middle
    jmp round
leaf:
    push ax
    pop ax
    ret
    align 4
often dw 0
same dw 0
sometimes dw 0
seldom dw 0
rounds dw 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
