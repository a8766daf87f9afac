; No boot sector: says where it was loaded, as CS:IP, on the debug console.
        bits 16
        call    here
here:   pop     bx
        sub     bx, here
        mov     ax, cs
        call    word_hex
        mov     al, ':'
        out     0xe9, al
        mov     ax, bx
        call    word_hex
        mov     al, 10
        out     0xe9, al
        mov     al, 3
        out     0xf4, al
word_hex:
        mov     cx, 4
.next:  rol     ax, 1
        rol     ax, 1
        rol     ax, 1
        rol     ax, 1
        push    ax
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .put
        add     al, 'a' - '9' - 1
.put:   out     0xe9, al
        pop     ax
        loop    .next
        ret
