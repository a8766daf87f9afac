; A boot sector that loads a kernel from the sectors behind it and enters it as a Multiboot 1 loader does (Multiboot
; Specification 0.6.96, section 3.2), with an information block that says nothing.
; Defined from outside: ADDRESS, FILE_BYTES, MEMORY_BYTES, ENTRY.
org 0x7c00
bits 16

SECTOR equ 512
SECTORS_A_TRACK equ 18
HEADS equ 2
BUFFER equ 0x1000
LOADED_MAGIC equ 0x2badb002

    cli
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov [drive], dl
    in al, 0x92
    or al, 2
    and al, 0xfe
    out 0x92, al
    lgdt [gdtr]
    mov dword [target], ADDRESS
    mov word [sector], 1
read:
    sti
    xor ax, ax
    mov es, ax
    mov ax, [sector]
    mov cl, SECTORS_A_TRACK
    div cl
    mov cl, ah
    inc cl
    mov dh, al
    and dh, HEADS - 1
    shr al, 1
    mov ch, al
    mov dl, [drive]
    mov bx, BUFFER
    mov ax, 0x0201
    int 0x13
    jc fail
    ; ES with a limit of 4 GiB: the firmware may have loaded it
    cli
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov bx, 0x10
    mov es, bx
    and al, 0xfe
    mov cr0, eax
    xor ax, ax
    mov es, ax
    mov esi, BUFFER
    mov edi, [target]
    mov ecx, SECTOR / 4
    cld
    a32 rep movsd
    mov [target], edi
    inc word [sector]
    cmp edi, ADDRESS + FILE_BYTES
    jb read
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword 8:enter
fail:
    mov al, '!'
    out 0xe9, al
    hlt
    jmp fail
bits 32
enter:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov edi, ADDRESS + FILE_BYTES
    mov ecx, MEMORY_BYTES - FILE_BYTES
    xor eax, eax
    rep stosb
    mov eax, LOADED_MAGIC
    mov ebx, information
    mov ecx, ENTRY
    jmp ecx
align 8
gdt:
    dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdtr:
    dw $ - gdt - 1
    dd gdt
align 4
information:
    dd 0
target:
    dd 0
sector:
    dw 0
drive:
    db 0
    times 510 - ($ - $$) db 0
    dw 0xaa55
