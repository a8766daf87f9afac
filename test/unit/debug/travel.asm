; What steps and searches are tested on: near, far and indirect calls, software interrupts, repeats, loops, with timer
; interrupts arriving all the while.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov word [0x60 * 4], handler
    mov [0x60 * 4 + 2], ax
    ; timer 0 every 25 ticks: an interrupt about every 2,100 instructions
    mov al, 0x34
    out 0x43, al
    mov al, 25
    out 0x40, al
    xor al, al
    out 0x40, al
    sti
again:
    call near_one
after_near:
    call 0:far_one
after_far:
    mov bx, near_one
    call bx
    int 0x60
after_int:
    mov si, 0x7c00
    mov di, 0x8000
    mov cx, 40
    rep movsb
after_rep:
    mov cx, 5
spin:
    loop spin
after_loop:
    inc word [counter]
    cmp word [counter], 200
    jne again
    ud2_here: db 0x0f, 0x0b
near_one:
    push bp
    call leaf
    pop bp
    ret
leaf:
    add dx, 3
    ret 0
far_one:
    retf
handler:
    push ax
    pop ax
    iret
counter dw 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
