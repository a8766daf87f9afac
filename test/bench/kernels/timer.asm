; A computing loop that is interrupted 1000 times a second by the timer, whose handler counts ticks. With NEAR defined the
; counter lies in the page of the loop (but in other lines of 64 bytes), as in small programs without sections; else in a
; page of its own.
bits 32
global prepare, work
extern set_gate, note

LOOPS equ 200000
VECTOR equ 0x20
PIT_CYCLES equ 1193 ; 1 ms at 1.193182 MHz

section .text
align 4096
work:
    push ebp
    push ebx
    mov ecx, [esp + 12]
    xor eax, eax
    sti
.round:
    mov edx, LOOPS
.loop:
    lea ebx, [eax + eax * 4]
    add ebx, edx
    ror ebx, 7
    xor eax, ebx
    dec edx
    jnz .loop
    dec ecx
    jnz .round
    cli
    pop ebx
    push eax
    push dword [ticks]
    push dword ticks_name
    call note
    add esp, 8
    pop eax
    pop ebp
    ret
tick:
    push eax
    inc dword [ticks]
    mov al, 0x20
    out 0x20, al
    pop eax
    iret
prepare:
    push dword 0
    push dword tick
    push dword VECTOR
    call set_gate
    add esp, 12
    ; the master 8259: vectors from 20h on, IRQ0 alone; the slave: nothing
    mov al, 0x11
    out 0x20, al
    mov al, VECTOR
    out 0x21, al
    mov al, 4
    out 0x21, al
    mov al, 1
    out 0x21, al
    mov al, 0xfe
    out 0x21, al
    mov al, 0xff
    out 0xa1, al
    ; the 8254's counter 0: mode 2
    mov al, 0x34
    out 0x43, al
    mov al, PIT_CYCLES & 0xff
    out 0x40, al
    mov al, PIT_CYCLES >> 8
    out 0x40, al
    ret
ticks_name:
    db 'TICKS', 0
%ifdef NEAR
align 64
ticks:
    dd 0
align 64
%else
section .data
align 4096
ticks:
    dd 0
align 4096
%endif
