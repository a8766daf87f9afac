; A Multiboot 1 kernel that gives its own addresses: checks what the specification (3.2) promises, and says so.
        bits 32
        org 0x100000
MAGIC   equ 0x1badb002
FLAGS   equ 0x10002
        dd MAGIC, FLAGS, -(MAGIC + FLAGS)
        dd $$, $$, 0, 0, start
start:
        mov     ecx, eax
        mov     ax, ds
        mov     dx, ss
        cmp     ecx, 0x2badb002
        mov     al, 1
        jne     bad
        test    dword [ebx], 1          ; memory sizes are given
        mov     al, 2
        jz      bad
        cmp     dword [ebx + 8], 31 * 1024
        mov     al, 3
        jne     bad
        mov     esp, 0x200000
        pushfd
        pop     eax
        test    eax, 0x20200            ; VM and IF are clear
        mov     al, 4
        jnz     bad
        mov     eax, cr0
        test    eax, 0x80000000         ; no paging
        mov     al, 5
        js      bad
        test    eax, 0x80000000
        jnz     bad
        mov     eax, cr0
        test    al, 1
        mov     al, 6
        jz      bad
        mov     dword [0x300000], 'high' ; A20 is on: 2 MiB and 3 MiB are not the same
        mov     dword [0x200000], 'low '
        cmp     dword [0x300000], 'high'
        mov     al, 7
        jne     bad
        mov     esi, good
.next:  lodsb
        test    al, al
        jz      .done
        out     0xe9, al
        jmp     .next
.done:  mov     al, 0
        out     0xf4, al
bad:    out     0xf4, al
        jmp     $
good    db "multiboot as promised", 10, 0
