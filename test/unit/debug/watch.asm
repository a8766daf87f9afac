; What data breakpoints are tested on: every kind of access to watched bytes, by everybody who can make one.
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov word [0x60 * 4], handler
    mov [0x60 * 4 + 2], ax
    ; timer 0 every 25 ticks: an interrupt about every 2,100 instructions, which pushes and pops in the stack's page
    mov al, 0x34
    out 0x43, al
    mov al, 25
    out 0x40, al
    xor al, al
    out 0x40, al
    sti
again:
store: mov word [0x8000], 0x1234
same: mov word [0x8000], 0x1234
other: mov byte [0x8001], 0xab
readit: mov ax, [0x8000]
    inc byte [0x8010]
crossing: mov dword [0x8ffe], 0x44332211
    inc dword [0x8ffe]
pusher: push ax
    pop ax
    pusha
    popa
soft: int 0x60
    cld
    mov si, 0x7c00
    mov di, 0x9000
    mov cx, 40
copy: rep movsb
    mov di, 0x9000
    mov al, 0x7a
    mov cx, 100
scan: repne scasb
codewrite: mov byte [patched + 1], 1
patched: mov bl, 0
    mov byte [patched + 1], 0
    call 0:far_one
disk: mov ax, 0x0201
    mov bx, 0xa000
    mov cx, 0x0001
    xor dx, dx
    int 0x13
    mov dx, 0x3fb
lcr: in al, dx
    xor al, 0x80
lcr_out: out dx, al
    inc word [counter]
    cmp word [counter], 12
    jne again
ends: db 0x0f, 0x0b
far_one:
    retf
handler:
    iret
counter dw 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
