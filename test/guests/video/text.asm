; Text: a font at random in both halves of plane 2 that the mode uses, then characters and attributes at random.
%include "vga.inc"
    mov ax, 0xa000
    mov es, ax
    indexed SEQUENCER, 2, 4
    indexed SEQUENCER, 4, 6
    indexed GRAPHICS, 5, 0
    indexed GRAPHICS, 6, 4
    xor di, di
.font:
    call random
    stosb
    test di, di
    jnz .font
    indexed SEQUENCER, 2, 3
    indexed SEQUENCER, 4, 2
    indexed GRAPHICS, 5, 0x10
    indexed GRAPHICS, 6, 0x0e
    mov ax, 0xb800
    mov es, ax
    xor di, di
.text:
    call random
    stosb
    test di, di
    jns .text
    finish
    times 510 - ($ - $$) db 0
    dw 0xaa55
