; System instructions in a loop: into protected mode, with tables and a task, and back.
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    cli
begin:
    inc dword [0x1000]
    lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:protected
protected:
    mov bx, 16
    mov ds, bx
    mov ax, 24
    lldt ax
    xor ax, ax
    lldt ax
    and byte [task + 5], 0xfd ; no more busy
    mov ax, task - gdt
    ltr ax
    mov eax, cr0
    or al, 8
    mov cr0, eax
    add ecx, eax
    clts
    smsw dx
    or dl, 4
    lmsw dx
    mov eax, cr0
    add ecx, eax
    and al, 0xf2
    mov cr0, eax
    jmp 0:real
real:
    mov bx, 0
    mov ds, bx
    lidt [idtr]
    mov eax, [0x1000]
    and eax, 0xfff00
    mov cr3, eax
    mov eax, cr3
    xor ecx, eax
    mov cr2, ecx
    mov edx, cr2
    add ecx, edx
    jmp begin

gdt:
    dq 0, 0x00009a000000ffff, 0x000092000000ffff, 0x0000820000000000 + 0xff
task:
    dq 0x0000890000000000 + 0xff
gdtr:
    dw 39
    dd gdt
idtr:
    dw 0x3ff
    dd 0
times 510 - ($ - $$) db 0
dw 0xaa55
