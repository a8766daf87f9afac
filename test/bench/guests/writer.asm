; A boot sector that writes 16 MiB a virtual second all over 8 MiB, at 10 ns an instruction: 4 bytes in 24 instructions.
org 0x7c00
bits 16
    cli
    lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:start
bits 32
start:
    mov ax, 16
    mov ds, ax
    mov ss, ax
    mov esp, 0x80000
    mov edi, 0
round:
    mov [0x200000 + edi], ecx
    add edi, 4
    and edi, 0x7fffff
%rep 9
    inc ecx
    add eax, ecx
%endrep
    nop
    nop
    jmp round
gdt:
    dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr:
    dw 23
    dd gdt
    times 510 - ($ - $$) db 0
    dw 0xaa55
