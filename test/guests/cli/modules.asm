; A Multiboot 1 kernel that tells its modules: the command line of each, and the text that it holds.
        bits 32
        org 0x100000
MAGIC   equ 0x1badb002
FLAGS   equ 0x10002
        dd MAGIC, FLAGS, -(MAGIC + FLAGS)
        dd $$, $$, 0, 0, start
start:  mov     esp, 0x200000
        mov     ecx, [ebx + 20]
        mov     ebx, [ebx + 24]
.next:  jecxz   .end
        mov     esi, [ebx + 8]
.name:  lodsb
        test    al, al
        jz      .text
        out     0xe9, al
        jmp     .name
.text:  mov     al, '='
        out     0xe9, al
        mov     esi, [ebx]
.byte:  cmp     esi, [ebx + 4]
        je      .done
        lodsb
        out     0xe9, al
        jmp     .byte
.done:  mov     al, 10
        out     0xe9, al
        add     ebx, 16
        dec     ecx
        jmp     .next
.end:   mov     al, 0
        out     0xf4, al
        jmp     $
