; Exceptions by vector and error code, and firmware calls: #UD and #DE, then #GP and #NP in protected mode, each skipped by
; its handler.
org 0x7c00
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    mov word [6 * 4], skip2
    mov [6 * 4 + 2], ax
    mov ax, 0x0e41
    int 0x10
    mov ax, 0x0201
    mov bx, 0x9000
    mov cx, 0x0001
    xor dx, dx
    int 0x13
    mov ax, 0x0003
    int 0x16 + 4           ; 1Ah, AH=00: asked for by name only
    mov ax, 0x0300
    int 0x10
    mov dx, 0x11f
    mov al, 0x55
    out dx, al             ; ports where nothing is
    inc dx
    in al, dx
undefined:
    ud2
    lgdt [gdtr]
    lidt [idtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 8:start
skip2:
    push bp
    mov bp, sp
    add word [bp + 2], 2
    pop bp
    iret
bits 32
start:
    mov ax, 16
    mov ds, ax
    mov ss, ax
    mov esp, 0x7000
    mov bx, 0x18
gp1: mov es, bx            ; #GP(0018): not writable, not readable
    mov bx, 0x40
gp2: mov es, bx            ; #GP(0040): outside of the table
    mov bx, 0x20
np: mov es, bx             ; #NP(0020)
    cli
    hlt
handler:
    add dword [esp + 4], 2
    add esp, 4
    iretd
align 8
gdt:
    dq 0
    dq 0x00cf9a000000ffff
    dq 0x00cf92000000ffff
    dq 0x00cf98000000ffff  ; 18h: code that can't be read
    dq 0x00cf12000000ffff  ; 20h: not present
gdtr: dw $ - gdt - 1
    dd gdt
idtr: dw 16 * 8 - 1
    dd idt
align 8
idt:
%rep 16
    dw handler, 8, 0x8e00, 0
%endrep
    times 510 - ($ - $$) db 0
    dw 0xaa55
