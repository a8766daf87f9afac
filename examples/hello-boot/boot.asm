; A boot sector to step through, forwards and backwards.
;
; It greets on the screen through the BIOS, paints some words straight
; into the text buffer, sends a line to the serial port, then echoes the
; keys that you type in the Display. Built with
;   nasm -f bin boot.asm -o boot.bin -l boot.lst

        bits 16
        org 0x7c00              ; where the BIOS puts a boot sector
        [map all boot.map]      ; NASM writes the labels' addresses there

COM1            equ 0x3f8       ; first serial port: data register
LINE_STATUS     equ COM1 + 5
CAN_SEND        equ 0x20        ; transmitter holding register is empty
LINE_SETTINGS   equ 0xe3        ; 9600 bits/s, 8 data bits, no parity, 1 stop bit
TEXT_BUFFER     equ 0xb800      ; segment of the colour text screen
ROW             equ 80 * 2      ; bytes in a row of 80 characters with attributes
YELLOW_ON_BLUE  equ 0x1e

start:
        xor     ax, ax
        mov     ds, ax          ; org counts from address 0, so DS must be 0
        mov     ss, ax
        mov     sp, start       ; the stack grows down from the boot sector
        cld

        mov     si, greeting
        call    print
        call    paint
        mov     ah, 0x00        ; INT 14h, AH=00h: set up a serial port
        mov     al, LINE_SETTINGS
        xor     dx, dx          ; the first one
        int     0x14
        mov     si, serial_line
        call    send

wait_for_key:
        xor     ah, ah          ; INT 16h, AH=00h: wait for a key, AL = its character
        int     0x16
        inc     word [keys]
        call    put_char
        cmp     al, 13
        jne     wait_for_key
        mov     al, 10          ; Enter is a carriage return; the line feed is ours
        call    put_char
        jmp     wait_for_key

; Prints the text at DS:SI that ends with a zero.
print:
.next:  lodsb
        test    al, al
        jz      .done
        call    put_char
        jmp     .next
.done:  ret

; Prints the character AL at the cursor.
put_char:
        push    bx
        mov     ah, 0x0e        ; INT 10h, AH=0Eh: teletype output
        mov     bx, 0x0007      ; page 0, light grey
        int     0x10
        pop     bx
        ret

; Writes `label_text` into the text buffer, past the BIOS, in row 4.
paint:
        push    es
        mov     ax, TEXT_BUFFER
        mov     es, ax
        mov     di, 4 * ROW
        mov     si, label_text
        mov     cx, label_text.length
        mov     ah, YELLOW_ON_BLUE
.next:  lodsb
        stosw                   ; character and attribute
        loop    .next
        pop     es
        ret

; Sends the text at DS:SI that ends with a zero to the serial port.
send:
        mov     dx, LINE_STATUS
.busy:  in      al, dx
        test    al, CAN_SEND
        jz      .busy
        lodsb
        test    al, al
        jz      .done
        mov     dx, COM1
        out     dx, al
        jmp     send
.done:  ret

greeting        db "Hello from the boot sector.", 13, 10
                db "Type something: ", 0
label_text      db " painted by hand "
.length         equ $ - label_text
serial_line     db "Hello over the serial port.", 13, 10, 0
keys            dw 0            ; how many keys were typed

        times 510 - ($ - $$) db 0
        dw 0xaa55               ; the mark of a boot sector
