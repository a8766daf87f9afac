; A kernel in the higher half: page tables are built, paging is turned on, the program goes on at C0000000h + its place, the
; low mapping goes away, and a page fault maps in the page that a write has missed.
HIGH equ 0xc0000000
DIRECTORY equ 0x10000
TABLE equ 0x11000              ; of the first 4 MiB, seen at 0 and at HIGH
POOL equ 0x12000               ; of HIGH + 4 MiB: empty
FRAME equ 0x20000
org 0x7c00
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:start
bits 32
start:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7000
    mov edi, DIRECTORY
    mov ecx, 0xc00
    xor eax, eax
    rep stosd
    mov edi, TABLE
    mov eax, 3
    mov ecx, 0x100
fill:
    stosd
    add eax, 0x1000
    loop fill
    mov dword [DIRECTORY], TABLE + 3
    mov dword [DIRECTORY + 0xc00], TABLE + 3
    mov dword [DIRECTORY + 0xc04], POOL + 3
    mov eax, DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, 0x80000000
    mov cr0, eax
    mov eax, HIGH + higher
    jmp eax
higher:
    mov esp, HIGH + 0x7000
    lgdt [HIGH + high_gdtr]
    lidt [HIGH + idtr]
    mov dword [HIGH + DIRECTORY], 0   ; the low mapping is gone
    mov eax, cr3
    mov cr3, eax
    mov edx, HIGH + 0x401234
touch:
    mov dword [edx], 0x5a5a1234
touched:
    mov eax, [edx]
    cli
    hlt
handler:
    push eax
    mov dword [HIGH + POOL + 4], FRAME + 3
    pop eax
    add esp, 4
    iretd
align 8
gdt:
    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:
    dw 23
    dd gdt
high_gdtr:
    dw 23
    dd HIGH + gdt
idt:
    times 14 dq 0
    dw (handler - $$ + 0x7c00) & 0xffff, 8, 0x8e00, HIGH >> 16
idtr:
    dw 15 * 8 - 1
    dd HIGH + idt
times 510 - ($ - $$) db 0
dw 0xaa55
