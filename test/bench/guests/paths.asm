; A boot sector that does one thing over and over, told by HOW: what costs an emulator more than a plain instruction.
; 'S' goes to the debug console (port E9h) behind each OPERATIONS of it.
org 0x7c00
bits 16
IDT equ 0x8000
TSS equ 0x9000
SOURCE equ 0x200000
TARGET equ 0x318000
BYTES equ 0x4000

    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    cld
    cli
%if HOW < 4
; --- real mode
    mov word [0x80 * 4], service
    mov word [0x80 * 4 + 2], ax
round:
    mov al, 'S'
    out 0xe9, al
    mov cx, OPERATIONS
.next:
%if HOW = 0
    int 0x80
%elif HOW = 1
    mov ax, 0x1000
    mov ds, ax
    mov ax, 0
    mov ds, ax
%elif HOW = 2
    call 0:far_service
%elif HOW = 3
    push cx
    xor si, si
    xor di, di
    mov cx, BYTES
    mov ax, 0x2000
    mov ds, ax
    mov ax, 0x3000
    mov es, ax
    rep movsb
    pop cx
%endif
    dec cx
    jnz .next
    jmp round
service:
    iret
far_service:
    retf
%else
; --- protected mode, flat
    lgdt [gdtr]
    lidt [idtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:start
bits 32
start:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7000
    mov dword [TSS + 4], 0x6000
    mov dword [TSS + 8], 0x10
    mov word [TSS + 102], 104
    mov byte [TSS + 104 + 0x61 / 8], 0
    mov ax, 0x28
    ltr ax
    mov edi, IDT
    mov ecx, 256
.gate:
    mov dword [edi], (8 << 16) | 0
    mov word [edi], service
    mov dword [edi + 4], 0xee00
    add edi, 8
    loop .gate
    mov word [IDT + 13 * 8], refused
    mov word [IDT + 8 * 8], timer
%if HOW = 4 || HOW = 13
    ; to level 3
    push dword 0x23
    push dword 0x5000
    push dword 2
    push dword 0x1b
    push dword round
    iret
%endif
%if HOW = 14
    ; counter 0 as quick as it goes, interrupts 8 and up
    mov al, 0x34
    out 0x43, al
    mov al, 24
    out 0x40, al
    mov al, 0
    out 0x40, al
    mov al, 0xfe
    out 0x21, al
%endif
round:
    mov ebx, OPERATIONS
%if HOW = 4 || HOW = 13
    mov al, 'S'
    int 0x81
%else
    mov al, 'S'
    out 0xe9, al
%endif
.next:
%if HOW = 4 || HOW = 5
    int 0x80
%elif HOW = 6
    mov ax, 0x10
    mov ds, ax
%elif HOW = 7
    call 8:far_service
%elif HOW = 8
    out 0x80, al
%elif HOW = 9
    in al, 0x61
%elif HOW = 10
    mov esi, SOURCE
    mov edi, TARGET
    mov ecx, BYTES / 4
    rep movsd
%elif HOW = 11
    mov edi, TARGET
    mov ecx, BYTES / 4
    rep stosd
%elif HOW = 12
    mov edi, TARGET
    mov ecx, BYTES
    mov al, 0xff
    repne scasb
%elif HOW = 13
    hlt
%elif HOW = 14
    sti
    hlt
    cli
%elif HOW = 15
    pushfd
    popfd
%elif HOW = 16
    sti
    nop
    cli
%elif HOW = 17
    mov esi, SOURCE
    mov edi, TARGET
    mov ecx, BYTES / 4
    repe cmpsd
%elif HOW = 18
    mov edi, TARGET
    mov ecx, BYTES
    rep stosb
%elif HOW = 19
    mov edx, 0xfee00000
    mov eax, [edx]
%endif
    dec ebx
    jnz .next
    jmp round
timer:
    push eax
    mov al, 0x20
    out 0x20, al
    pop eax
    iret
service:
%if HOW = 4 || HOW = 13
    cmp al, 'S'
    je .mark
    iret
.mark:
    out 0xe9, al
    xor eax, eax
%endif
    iret
refused:
    add esp, 4
    inc dword [esp]
    iret
far_service:
    retf
align 8
gdt:
    dq 0
    dq 0x00cf9a000000ffff
    dq 0x00cf92000000ffff
    dq 0x00cffa000000ffff
    dq 0x00cff2000000ffff
    dq 0x0000890090000070
gdtr:
    dw gdtr - gdt - 1
    dd gdt
idtr:
    dw 256 * 8 - 1
    dd IDT
%endif
times 510 - ($ - $$) db 0
dw 0xaa55
