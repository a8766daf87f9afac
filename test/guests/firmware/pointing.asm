; The pointing device by INT 15h AH=C2h: tells on port E9h the words that the handler finds on its stack, a line a packet,
; behind an R when it is ready. K: registers of what was interrupted were lost.

        org 0x7c00
        bits 16
        cpu 386

start:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7000
        mov ax, 0xc205
        mov bh, 3
        int 0x15
        jc failed
        mov ax, 0xc207
        mov bx, handler
        int 0x15
        jc failed
        mov ax, 0xc200
        mov bh, 1
        int 0x15
        jc failed
        mov al, 'R'
        out 0xe9, al
        mov al, 10
        out 0xe9, al
        mov cx, 0x1234
        mov dx, 0x5678
        mov si, 0x9abc
        mov bp, 0xdef0
wait_:  hlt
        cmp cx, 0x1234
        jne lost
        cmp dx, 0x5678
        jne lost
        cmp si, 0x9abc
        jne lost
        cmp bp, 0xdef0
        je wait_
lost:   mov al, 'K'
        out 0xe9, al
        jmp stop
failed: mov al, ah
        call hex8
stop:   cli
        hlt

handler:
        push bp
        mov bp, sp
        pusha
        mov ax, [bp + 12]       ; status, X, Y, Z
        call hex16
        mov ax, [bp + 10]
        call hex16
        mov ax, [bp + 8]
        call hex16
        mov ax, [bp + 6]
        call hex16
        mov al, 10
        out 0xe9, al
        popa
        pop bp
        xor cx, cx              ; the firmware keeps them
        mov dx, cx
        mov si, cx
        retf

hex16:  xchg al, ah
        call hex8
        xchg al, ah
hex8:   push ax
        shr al, 4
        call .digit
        pop ax
.digit: push ax
        and al, 15
        cmp al, 10
        sbb al, 0x69
        das
        out 0xe9, al
        pop ax
        ret

        times 510 - ($ - $$) db 0
        dw 0xaa55
