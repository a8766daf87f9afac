; Code of privilege 3 that asks privilege 0 for something by INT 80h a thousand times a round, as system calls do.
bits 32
global prepare, work
extern set_gate, tss

USER_CODE equ 0x18 + 3
USER_DATA equ 0x20 + 3
CALLS equ 1000
SYSTEM_CALL equ 0x80
LEAVE_USER equ 0x81
TSS_ESP0 equ 4

section .bss
align 16
    resb 4096
user_stack:
supervisor_stack:
    resd 1

section .text
prepare:
    push dword 3
    push dword system_call
    push dword SYSTEM_CALL
    call set_gate
    mov dword [esp + 4], leave_user
    mov dword [esp], LEAVE_USER
    call set_gate
    add esp, 12
    ret
; EAX mixed with EBX, as a kernel does: with all registers saved, and its own data segments.
system_call:
    push ds
    push es
    pushad
    mov cx, 0x10
    mov ds, cx
    mov es, cx
    imul eax, eax, 31
    add eax, ebx
    mov [esp + 28], eax
    popad
    pop es
    pop ds
    iretd
; Back to `work`, on its stack.
leave_user:
    mov cx, 0x10
    mov ds, cx
    mov es, cx
    mov esp, [supervisor_stack]
    pop ebp
    pop ebx
    ret
work:
    mov ecx, [esp + 4]
    push ebx
    push ebp
    mov [supervisor_stack], esp
    ; interrupts come in below what lies there
    mov eax, esp
    sub eax, 256
    mov [tss + TSS_ESP0], eax
    mov ebp, ecx
    push dword USER_DATA
    push dword user_stack
    pushfd
    push dword USER_CODE
    push dword user
    mov ax, USER_DATA
    mov ds, ax
    mov es, ax
    iretd
user:
    xor eax, eax
.round:
    mov ebx, CALLS
.call:
    int SYSTEM_CALL
    dec ebx
    jnz .call
    dec ebp
    jnz .round
    int LEAVE_USER
