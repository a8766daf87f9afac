; Edits page tables at random, without INVLPG: other frames, absent pages, read-only ones, cleared accessed and dirty bits,
; two page directories, code that moves. A page fault maps the page in; everything found goes into a checksum in EDI.
; EBP is the generator's state, ESI the rounds that are left.

DIRECTORY equ 0x20000           ; and a second one behind it
TABLE     equ 0x22000           ; of linear 4 MiB to 8 MiB, for both
IDENTITY  equ 0x23000           ; of the first 4 MiB
FRAMES    equ 0x40000           ; 32 frames
PAGES     equ 0x400000          ; 32 pages
CODE      equ 0x10              ; of the code in each frame
ROUNDS    equ 6000

        org 0x7c00
        bits 16
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov ax, 0x0202                  ; the two sectors behind this one
        mov bx, 0x7e00
        mov cx, 2
        mov dh, 0
        int 0x13
        cli
        lgdt [gdt_pointer]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp 8:start

gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
        dw 23
        dd gdt

        times 510 - ($ - $$) db 0
        dw 0xaa55

        bits 32
start:  mov ax, 16
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x7c00
        lidt [idt_pointer]
        mov dword [0x6000 + 14 * 8], 0x80000 + fault
        mov dword [0x6004 + 14 * 8], 0x8e00
        mov edi, DIRECTORY
        mov ecx, 0x1000
        xor eax, eax
        rep stosd
        mov dword [DIRECTORY], IDENTITY + 7
        mov dword [DIRECTORY + 4], TABLE + 7
        mov dword [DIRECTORY + 0xffc], DIRECTORY + 7
        mov dword [DIRECTORY + 0x1000], IDENTITY + 7
        mov dword [DIRECTORY + 0x1004], TABLE + 7
        mov dword [DIRECTORY + 0x1ffc], DIRECTORY + 0x1007
        mov edi, IDENTITY
        mov eax, 7
        mov ecx, 1024
.page:  stosd
        add eax, 0x1000
        loop .page
        ; Each frame holds code: ADD EDI, a number of its own; RET; and data behind.
        xor ecx, ecx
.frame: mov edx, ecx
        shl edx, 12
        add edx, FRAMES
        mov word [edx + CODE], 0xc781
        lea eax, [ecx * 8 + 0x11]
        mov [edx + CODE + 2], eax
        mov byte [edx + CODE + 6], 0xc3
        inc ecx
        cmp ecx, 32
        jb .frame
        mov eax, DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        xor edi, edi
        mov ebp, 0x12345
        mov esi, ROUNDS
loop:   call random
        mov ecx, eax
        and ecx, 31
        shl ecx, 12
        add ecx, PAGES                  ; a page
        mov edx, eax
        shr edx, 5
        and edx, 0xffc                  ; a place in it
        mov ebx, ecx
        shr ebx, 10
        and ebx, 0xfff
        add ebx, TABLE                  ; its entry
        shr eax, 24
        and eax, 15
        jmp [operations + 4 * eax]

read:   add edi, [ecx + edx]
        jmp next
write:  or edx, 0x400
        mov [ecx + edx], edi
        jmp next
across: add edi, [ecx + 0xffe]
        jmp next
store_across:
        mov [ecx + 0xffe], edi
        jmp next
code:   add ecx, CODE
        call ecx
        jmp next
clear_accessed:
        add edi, [ebx]
        and dword [ebx], ~0x20
        jmp next
clear_dirty:
        add edi, [ebx]
        and dword [ebx], ~0x60
        jmp next
remap:  call random
        shr eax, 7
        and eax, 31 << 12
        add eax, FRAMES + 7
        mov [ebx], eax
        jmp next
remap_byte:
        call random
        and al, 0x10
        or al, 0x40
        mov [ebx + 1], al
        jmp next
absent: and byte [ebx], ~1
        jmp next
absent_table:
        xor byte [0xfffff004], 1        ; by the directory that maps itself
        jmp next
switch: mov eax, cr3
        xor eax, 0x1000
        mov cr3, eax
        jmp next
copy:   or edx, 0x400
        mov eax, [ecx]
        mov [ecx + edx], eax
        push esi
        push edi
        lea edi, [ecx + 0xff8]
        mov esi, FRAMES + 0x800
        mov ecx, 16
        rep movsb
        pop edi
        pop esi
next:   dec esi
        jnz loop
done:   hlt

random: imul eax, ebp, 1664525
        add eax, 1013904223
        mov ebp, eax
        rol eax, 11
        ret

; Makes the page of CR2 present and counts in the checksum.
fault:  push eax
        push ebx
        mov eax, cr2
        add edi, eax
        mov ebx, eax
        shr ebx, 22
        or byte [ebx * 4 + 0xfffff000], 7
        shr eax, 12
        or byte [eax * 4 + 0xffc00000], 7
        cmp dword [eax * 4 + 0xffc00000], FRAMES
        jae .there
        mov dword [eax * 4 + 0xffc00000], FRAMES + 7
.there: pop ebx
        pop eax
        add esp, 4
        iret

        align 4
operations:
        dd read, write, across, store_across, code, code, clear_accessed, clear_dirty
        dd remap, remap_byte, absent, absent_table, switch, copy, write, code

idt_pointer:
        dw 0xff
        dd 0x6000

        times 1440 * 1024 - ($ - $$) db 0
