; Repeated compares and scans: REPE CMPSB over equal blocks that differ at their end, REPNE SCASB for a byte that is far.
; Blocks of 16 to 4096 bytes.
bits 32
global prepare, work

BYTES equ 4096

section .bss
align 4096
left:
    resb BYTES
right:
    resb BYTES

section .text
prepare:
    push edi
    mov edi, left
    mov ecx, BYTES
    mov al, 'a'
    rep stosb
    mov edi, right
    mov ecx, BYTES
    rep stosb
    pop edi
    ret
work:
    push ebp
    push ebx
    push esi
    push edi
    mov ebp, [esp + 20]
    xor eax, eax
.round:
    mov ebx, 16
.size:
    mov byte [right + ebx - 1], 'b'
    mov esi, left
    mov edi, right
    mov ecx, ebx
    repe cmpsb
    ; how far it went
    sub esi, left
    imul eax, eax, 31
    add eax, esi
    mov edx, eax
    mov edi, right
    mov ecx, BYTES
    mov al, 'b'
    repne scasb
    mov eax, edx
    add eax, ecx
    mov byte [right + ebx - 1], 'a'
    shl ebx, 1
    cmp ebx, BYTES
    jbe .size
    dec ebp
    jnz .round
    pop edi
    pop esi
    pop ebx
    pop ebp
    ret
