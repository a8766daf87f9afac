; Computes: sums in a loop, then clears 404 bytes with REP STOSD, over and over.
        bits 16
        org 0x7c00
        xor     ax, ax
        mov     es, ax
        cld
again:  mov     ecx, 1000
sum:    add     ebx, ecx
        xor     edx, ebx
        rol     edx, 3
        dec     ecx
        jnz     sum
        xor     eax, eax
        mov     di, 0x8000
        mov     cx, 101
        rep     stosd
        jmp     again
        times 510 - ($ - $$) db 0
        dw 0xaa55
