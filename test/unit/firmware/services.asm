; Calls of the firmware that need a CPU: INT 40h behind INT 13h, the typematic rate, the switch to protected mode.
; What they gave lies at 0600h on.

        org 0x7c00
        bits 16

calls   equ 0x600               ; how often INT 40h was called
results equ 0x602               ; AX and FLAGS of each INT 13h
selectors equ 0x640             ; CS, DS, ES, SS, AX behind INT 15h AH=89h

start:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7000
        mov [calls], ax
        mov di, results
        mov ax, [0x40 * 4]
        mov [old], ax
        mov ax, [0x40 * 4 + 2]
        mov [old + 2], ax
        mov word [0x40 * 4], hook
        mov [0x40 * 4 + 2], ds
        mov cx, 1
        mov dx, 0
        call read               ; drive A
        mov dx, 0x80
        call read               ; the hard disk
        mov dx, 0
        mov cx, 0x5a01
        call read               ; no such cylinder
        cli
        mov cx, 1
        call read               ; interrupts stay off
        sti
        mov ax, 0x0305
        mov bx, 0x0305
        int 0x16
rated:  mov ax, 0x8900
        mov bx, 0x5850
        mov si, table
        int 0x15
        jc done
        mov bx, selectors
        mov [bx], cs
        mov [bx + 2], ds
        mov [bx + 4], es
        mov [bx + 6], ss
        mov [bx + 8], ax
done:   jmp $

read:   mov ax, 0x0201
        mov bx, 0x8000
        int 0x13
        pushf
        mov [di], ax
        pop word [di + 2]
        add di, 4
        ret

hook:   inc word [cs:calls]
        jmp far [cs:old]
old     dd 0

        align 8
table   dq 0
        dw 63, table, 0, 0
        dw 0x3ff, 0, 0, 0
        times 3 dw 0xffff, 0, 0x9300, 0
        dw 0xffff, 0, 0x9b00, 0
        dq 0

        times 510 - ($ - $$) db 0
        dw 0xaa55
        times 512 db 0
