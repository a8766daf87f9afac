; A boot sector with a bug. It asks for a name, greets, and should then wait
; for the next one. With some names it goes wild instead. Which line is to
; blame? The README goes there, backwards.

        bits 16
        org 0x7c00

NAME_BYTES      equ 12

start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, start
        cld
.again:
        mov     si, question
        call    print
        call    greet
        jmp     .again

; Asks for a name and greets whoever it is.
greet:
        push    bp
        mov     bp, sp
        sub     sp, NAME_BYTES          ; the name lies on the stack
        mov     di, sp
        call    read_line
        mov     si, hello
        call    print
        lea     si, [bp - NAME_BYTES]
        call    print
        mov     si, end_of_line
        call    print
        mov     sp, bp
        pop     bp
        ret

; Reads what is typed, up to Enter, to ES:DI and ends it with a zero.
read_line:
.next:  xor     ah, ah                  ; INT 16h, AH=00h: wait for a key
        int     0x16
        cmp     al, 13
        je      .enter
        call    put_char
        stosb
        jmp     .next
.enter: xor     al, al
        stosb
        mov     si, end_of_line
        jmp     print

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
        mov     ah, 0x0e                ; INT 10h, AH=0Eh: teletype output
        mov     bx, 7
        int     0x10
        pop     bx
        ret

question:       db 'What is your name? ', 0
hello:          db 'Hello, ', 0
end_of_line:    db 13, 10, 0

        times 510 - ($ - $$) db 0
        dw      0xaa55
