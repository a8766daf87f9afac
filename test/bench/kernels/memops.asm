; Repeated string instructions over blocks of 4 KiB, 64 KiB and 1 MiB: STOSD, MOVSD and MOVSB, forwards and overlapping.
; The sum takes in the last block.
bits 32
global work

BLOCK equ 1 << 20

section .bss
align 4096
source:
    resb BLOCK + 4096
target:
    resb BLOCK + 4096

section .text
work:
    push ebp
    push ebx
    push esi
    push edi
    mov ebp, [esp + 20]
.round:
    mov ebx, 4096
.size:
    ; fill
    mov eax, ebx
    add eax, ebp
    mov edi, source
    mov ecx, ebx
    shr ecx, 2
    rep stosd
    mov [source + 4], ebp
    mov [source + ebx - 8], ebp
    ; copy by double words, in blocks that do not begin at a page
    mov esi, source
    mov edi, target + 12
    mov ecx, ebx
    shr ecx, 2
    rep movsd
    ; copy by bytes, a quarter of it, from an odd address
    mov esi, target + 15
    mov edi, source
    mov ecx, ebx
    shr ecx, 2
    rep movsb
    shl ebx, 4
    cmp ebx, BLOCK
    jbe .size
    dec ebp
    jnz .round
    xor eax, eax
    mov esi, source
    mov ecx, BLOCK / 4
.sum:
    imul eax, eax, 31
    add eax, [esi]
    add esi, 4
    dec ecx
    jnz .sum
    pop edi
    pop esi
    pop ebx
    pop ebp
    ret
