; Code that changes code: an immediate patched in a loop's own page each turn, the target of a jump patched between two
; places, and a routine copied to a buffer with another constant and called there.
bits 32
global work

TURNS equ 1000

section .text
align 4096
work:
    push ebx
    push esi
    push edi
    xor eax, eax
    mov ebx, [esp + 16]
.round:
    mov edx, TURNS
.turn:
    ; an immediate, in front of the instruction that has it
    mov [.immediate + 1], edx
    jmp .immediate
.immediate:
    add eax, 0x12345678
    ; a jump's target: every second turn the other one
    mov ecx, .odd - .behind
    test dl, 1
    jnz .patch
    mov ecx, .even - .behind
.patch:
    mov [.behind - 4], ecx
    jmp short .patched
.patched:
    jmp near .odd
.behind:
.odd:
    rol eax, 3
.even:
    xor eax, edx
    ; a routine, copied and called, every 16th turn
    test dl, 15
    jnz .next
    mov esi, routine
    mov edi, buffer
    mov ecx, routine_end - routine
    rep movsb
    mov [buffer + 1], edx
    mov ecx, buffer
    call ecx
.next:
    dec edx
    jnz .turn
    dec ebx
    jnz .round
    pop edi
    pop esi
    pop ebx
    ret
routine:
    mov ecx, 0x12345678
    xor eax, ecx
    add eax, ecx
    ret
routine_end:

section .bss
align 4096
buffer:
    resb 64
