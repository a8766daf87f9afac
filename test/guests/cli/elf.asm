; A 32-bit ELF program with a header written by hand: one segment, entered at its own address.
        bits 32
        org 0x200000
        db 0x7f, "ELF", 1, 1, 1
        times 9 db 0
        dw 2, 3
        dd 1, start, table - $$, 0, 0
        dw 52, 32, 1, 0, 0, 0
table:  dd 1, 0, $$, $$, end - $$, end - $$ + 4096, 7, 4096
start:
        mov     esi, words
.next:  lodsb
        test    al, al
        jz      .done
        out     0xe9, al
        jmp     .next
.done:  mov     al, [end + 100]         ; beyond the file: zero
        out     0xf4, al
        jmp     $
words   db "elf at its place", 10, 0
end:
