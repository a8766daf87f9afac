; The beginning of a kernel: its Multiboot 1 header, its own descriptor tables, a stack, then `run`.
bits 32

extern run
global _start, tss

HEADER_MAGIC equ 0x1badb002
STACK_BYTES equ 0x40000

section .multiboot
align 4
    dd HEADER_MAGIC, 0, -HEADER_MAGIC

section .text
_start:
    cld
    mov esp, stack_top
    lgdt [gdtr]
    jmp 0x08:.flat
.flat:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    ; the descriptor's base lies in three pieces
    mov eax, tss
    mov [gdt.tss + 2], ax
    shr eax, 16
    mov [gdt.tss + 4], al
    mov [gdt.tss + 7], ah
    mov ax, 0x28
    ltr ax
    call run
.end:
    cli
    hlt
    jmp .end

section .bss
align 16
    resb STACK_BYTES
stack_top:

section .data
align 8
gdt:
    dq 0
    dq 0x00cf9a000000ffff ; 08h: code, privilege 0
    dq 0x00cf92000000ffff ; 10h: data, privilege 0
    dq 0x00cffa000000ffff ; 18h: code, privilege 3
    dq 0x00cff2000000ffff ; 20h: data, privilege 3
.tss:
    dq 0x0000890000000067 ; 28h: the task state segment
gdtr:
    dw $ - gdt - 1
    dd gdt
align 4
tss:
    dd 0, stack_top, 0x10
    times 22 dd 0
    dw 0, 104
