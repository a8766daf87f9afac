; Writes to video memory, a screen each round, and one read back at the end. MODE is that of INT 10h: 3 for text at B800h,
; 13h for 320 x 200 pixels of a byte, 12h for four planes in write mode 2.
%define PREPARE
%include "real.inc"

%if MODE = 3
SEGMENT_OF_SCREEN equ 0xb800
BYTES equ 4000
%elif MODE = 0x13
SEGMENT_OF_SCREEN equ 0xa000
BYTES equ 64000
%else
SEGMENT_OF_SCREEN equ 0xa000
BYTES equ 38400
%endif

prepare:
    mov ax, MODE
    int 0x10
    ret
work:
    mov ax, SEGMENT_OF_SCREEN
    mov es, ax
%if MODE = 0x12
    mov dx, 0x3ce
    mov ax, 0x0205 ; write mode 2
    out dx, ax
    mov ax, 0xff08 ; all bits
    out dx, ax
%endif
.round:
    xor di, di
    mov eax, ecx
.pixel:
    imul eax, eax, 5
    add eax, ecx
%if MODE = 0x12
    mov bl, [es:di] ; latches
    mov [es:di], al
    inc di
%else
    mov [es:di], ax
    add di, 2
%endif
    cmp di, BYTES
    jb .pixel
    dec ecx
    jnz .round
    xor eax, eax
    xor di, di
.sum:
    imul eax, eax, 31
    add al, [es:di]
    inc di
    cmp di, BYTES
    jb .sum
    ret
    times 512 * (1 + MORE_SECTORS) - ($ - $$) db 0
