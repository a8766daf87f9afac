; What a machine does at boundaries: interrupts of a quick timer that wait for IF, come between iterations and are held
; back; levels, gates, faults, flags from the stack, and strings in both modes and directions. Round and round.
org 0x7c00
bits 16
IDT equ 0x1000
TASK equ 0x1800
TICKS equ 0x1900
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov ax, 0x0202
    mov bx, 0x7e00
    mov cx, 0x0002
    mov dh, 0
    int 0x13
    jmp begin
times 510 - ($ - $$) db 0
dw 0xaa55
begin:
    cli
    lgdt [gdtr]
    ; counter 0 as rate generator: every 6 ticks, some 500 counts
    mov al, 0x34
    out 0x43, al
    mov al, 6
    out 0x40, al
    mov al, 0
    out 0x40, al
    mov al, 0xfe
    out 0x21, al
    mov word [0x80 * 4], real_service
    mov word [0x80 * 4 + 2], 0
    mov word [8 * 4], real_timer
    mov word [8 * 4 + 2], 0

real:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov word [8 * 4 + 2], ax
    lidt [real_idtr]
    sti
    nop
    cli
    int 0x80
    pushf
    sti
    cli
    popf
    pushf
    pop ax
    or ax, 0x200
    push ax
    popf
    mov ss, [zero]
    mov sp, 0x7000
    sti
    mov ss, [zero]
    nop
    cli
    pushf
    push cs
    push word .resumed
    or word [esp + 4], 0x200
    iret
.resumed:
    ; strings while the timer runs, in all widths, up and down, overlapping, across pages and the end of a segment
    mov si, 0x7c00
    mov di, 0x8ff0
    mov cx, 200
    rep movsb
    mov si, 0x8ff0
    mov di, 0x8ff3
    mov cx, 90
    rep movsw
    mov ax, 0x1000
    mov es, ax
    mov di, 0xfff1
    mov cx, 60
    mov ax, 0x1234
    rep stosb
    mov di, 0x0ffd
    mov cx, 200
    rep stosd
    std
    mov di, 0x1fff
    mov si, 0x7d00
    mov cx, 77
    rep movsb
    cld
    mov di, 0x1003
    mov cx, 1000
    mov ax, [es:di]
    repe scasw
    mov di, 0
    mov al, 0x55
    mov cx, 300
    repne scasb
    push ds
    push es
    pop ds
    mov si, 0x1000
    mov di, 0x1004
    mov cx, 100
    repe cmpsb
    mov cx, 90
    rep lodsw
    pop ds
    sti
    hlt
    ; protected mode
    cli
    lidt [idtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:protected

real_service:
    sti
    iret
real_timer:
    push ax
    mov al, 0x20
    out 0x20, al
    inc word [TICKS]
    pop ax
    iret

bits 32
protected:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7000
    mov dword [TASK + 4], 0x6000
    mov dword [TASK + 8], 0x10
    mov byte [task + 5], 0x89
    mov ax, 0x28
    ltr ax
    mov dword [IDT + 8 * 8], 8 << 16
    mov word [IDT + 8 * 8], timer
    mov dword [IDT + 8 * 8 + 4], 0x8e00
    mov dword [IDT + 1 * 8], 8 << 16
    mov word [IDT + 1 * 8], traced
    mov dword [IDT + 1 * 8 + 4], 0x8e00
    mov dword [IDT + 13 * 8], 8 << 16
    mov word [IDT + 13 * 8], refused
    mov dword [IDT + 13 * 8 + 4], 0x8f00
    mov dword [IDT + 0x80 * 8], 8 << 16
    mov word [IDT + 0x80 * 8], service
    mov dword [IDT + 0x80 * 8 + 4], 0xee00
    mov dword [IDT + 0x81 * 8], 8 << 16
    mov word [IDT + 0x81 * 8], back
    mov dword [IDT + 0x81 * 8 + 4], 0xee00
    push dword 0x23
    push dword 0x5000
    push dword 0x202
    push dword 0x1b
    push dword user
    iret

user:
    mov ax, 0x23
    mov ds, ax
    mov es, ax
    mov eax, 1
    int 0x80
    cli
    mov esi, 0x7c00
    mov edi, 0x9800
    mov ecx, 700
    rep movsd
    mov esi, 0x9800
    mov edi, 0x9801
    mov ecx, 300
    rep movsb
    mov esi, 0x9900
    mov edi, 0x9908
    mov ecx, 300
    rep movsd
    xor eax, eax
    mov edi, 0xa003
    mov ecx, 2100
    rep stosb
    mov edi, 0xa003
    mov ecx, 2200
    repe scasb
    mov esi, 0x9800
    mov edi, 0x7c00
    mov ecx, 500
    repe cmpsd
    std
    mov edi, 0xb002
    mov ecx, 300
    rep stosd
    cld
    ; over the end of memory that is there, and onto code
    mov edi, 0xffff0
    mov ecx, 8
    rep stosd
    mov esi, .patched
    mov edi, .patched
    mov ecx, 3
    rep movsb
.patched:
    mov al, 1
    nop
    pushfd
    or dword [esp], 0x100
    popfd
    nop
    int 0x80
    mov ds, ax
    nop
traced_enough:
    nop
    int 0x81

timer:
    push eax
    mov al, 0x20
    out 0x20, al
    inc word [TICKS]
    pop eax
    iret
refused:
    add esp, 4
    inc dword [esp]
    iret
service:
    push ds
    pop ds
    iret
traced:
    inc dword [TICKS + 4]
    cmp dword [esp], traced_enough
    jne .on
    and dword [esp + 8], ~0x100
.on:
    iret
back:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7000
    jmp 0x30:.narrow
bits 16
.narrow:
    mov ax, 0x38
    mov ss, ax
    mov ds, ax
    mov es, ax
    mov eax, cr0
    and al, 0xfe
    mov cr0, eax
    jmp 0:.real
.real:
    mov ss, [cs:zero]
    mov sp, 0x7000
    jmp real

zero dw 0
align 8
gdt:
    dq 0
    dq 0x00cf9a000000ffff
    dq 0x00cf92000000ffff
    dq 0x00cffa000000ffff
    dq 0x00cff2000000ffff
task:
    dq 0x0000890018000067
    dq 0x00009a000000ffff
    dq 0x000092000000ffff
gdtr:
    dw gdtr - gdt - 1
    dd gdt
idtr:
    dw 256 * 8 - 1
    dd IDT
real_idtr:
    dw 0x3ff
    dd 0
times 1536 - ($ - $$) db 0x55
