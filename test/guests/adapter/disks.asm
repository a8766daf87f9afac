; Reads the second sector of drive A again and again; tells on port E9h the first byte of it, or the status of a read
; that failed, whenever it is another than before.

        org 0x7c00
        bits 16

start:  mov bl, 0
.next:  push bx
        mov ax, 0x0201
        mov cx, 2
        mov dx, 0
        mov bx, 0x8000
        int 0x13
read:   pop bx
        mov al, [0x8000]
        jnc .tell
        mov al, '6'
        cmp ah, 0x06
        je .tell
        mov al, '-'
        cmp ah, 0x80
        je .tell
        mov al, '?'
.tell:  cmp al, bl
        je start.next
        mov bl, al
        out 0xe9, al
        jmp start.next

        times 510 - ($ - $$) db 0
        dw 0xaa55
        times 512 db 'A'
