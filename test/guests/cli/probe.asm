; Says on the first serial port what machine it runs on, then echoes what comes by keyboard and serial port.
; A key or serial byte 'x' ends the machine through port F4h, so that the exit code is 21h.
        bits 16
        org 0x7c00
        cpu 8086

COM1    equ 0x3f8

start:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7c00
        sti
        cld
        mov     [drive], dl
        ; the rest of this program, sectors 2 to 4 of the boot drive
        mov     ax, 0x0203
        mov     bx, 0x7e00
        mov     cx, 0x0002
        xor     dh, dh
        int     0x13
        jnc     main
        mov     al, 'E'
        call    send
        cli
        hlt

; AL to the serial port.
send:
        push    dx
        push    ax
        mov     dx, COM1 + 5
.busy:  in      al, dx
        test    al, 0x20
        jz      .busy
        pop     ax
        mov     dx, COM1
        out     dx, al
        pop     dx
        ret

; The text at SI that ends with a zero.
text:
        lodsb
        test    al, al
        jz      .done
        call    send
        jmp     text
.done:  ret

newline:
        mov     al, 10
        jmp     send

; AX as four hexadecimal digits.
word_hex:
        push    ax
        mov     al, ah
        call    byte_hex
        pop     ax
byte_hex:
        push    ax
        shr     al, 1
        shr     al, 1
        shr     al, 1
        shr     al, 1
        call    digit
        pop     ax
        and     al, 15
digit:
        add     al, '0'
        cmp     al, '9'
        jbe     send
        add     al, 'a' - '9' - 1
        jmp     send

drive   db 0
        times 510 - ($ - $$) db 0
        dw 0xaa55

main:
        mov     si, t_cpu
        call    text
        ; bits 12 to 15 of FLAGS: all ones on an 8086, all zeros on an 80286 in real mode, writable later
        pushf
        pop     ax
        and     ax, 0x0fff
        push    ax
        popf
        pushf
        pop     ax
        and     ah, 0xf0
        cmp     ah, 0xf0
        mov     si, t_8086
        je      .cpu
        pushf
        pop     ax
        or      ax, 0x7000
        push    ax
        popf
        pushf
        pop     ax
        test    ah, 0x70
        mov     si, t_80286
        jz      .cpu
        mov     si, t_80386
.cpu:   call    text
        mov     si, t_memory
        call    text
        mov     ah, 0x88
        int     0x15
        call    word_hex
        mov     si, t_drive
        call    text
        mov     al, [drive]
        call    byte_hex
        mov     si, t_disks
        call    text
        mov     al, [0x475]
        call    byte_hex
        mov     si, t_date
        call    text
        mov     ah, 4
        int     0x1a
        push    dx
        mov     ax, cx
        call    word_hex
        pop     ax
        call    word_hex
        ; first bytes of the last sector of the first track of floppy B and of the first hard disk, where they are there
        mov     si, t_floppy
        mov     dl, 1
        call    drive_text
        mov     si, t_disk
        mov     dl, 0x80
        call    drive_text
        call    newline
        ; words on the debug console and the screen
        mov     si, t_debug
.debug: lodsb
        test    al, al
        jz      .screen
        out     0xe9, al
        jmp     .debug
.screen:
        mov     si, t_screen
.next:  lodsb
        test    al, al
        jz      .wait
        mov     ah, 0x0e
        mov     bx, 7
        int     0x10
        jmp     .next
.wait:  mov     ah, 1
        int     0x16
        jz      .serial
        xor     ah, ah
        int     0x16
        mov     ah, 'k'
        call    echo
        jmp     .wait
.serial:
        mov     dx, COM1 + 5
        in      al, dx
        test    al, 1
        jz      .idle
        mov     dx, COM1
        in      al, dx
        mov     ah, 's'
        call    echo
        jmp     .wait
.idle:  hlt
        jmp     .wait

; AH (where from) and AL to the serial port; 'x' ends the machine.
echo:
        xchg    al, ah
        call    send
        mov     al, ah
        cmp     al, 13
        jne     .plain
        mov     al, 10
.plain: call    send
        cmp     al, 'x'
        jne     .done
        mov     al, 0x10
        out     0xf4, al
.done:  ret

; SI, then the first four characters of sector 2 of drive DL.
drive_text:
        push    dx
        call    text
        pop     dx
        mov     word [buffer], '--'
        mov     word [buffer + 2], '--'
        mov     byte [buffer + 4], 0
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x0002
        xor     dh, dh
        int     0x13
        mov     byte [buffer + 4], 0
        mov     si, buffer
        jmp     text

t_cpu    db "cpu=", 0
t_8086   db "8086", 0
t_80286  db "80286", 0
t_80386  db "80386", 0
t_memory db " extended=", 0
t_drive  db " drive=", 0
t_disks  db " disks=", 0
t_date   db " date=", 0
t_floppy db " b=", 0
t_disk   db " c=", 0
t_debug  db "words for the debug console", 10, 0
t_screen db "probe is ready", 13, 10, 0
        times 2048 - ($ - $$) db 0
buffer  equ 0x8800
