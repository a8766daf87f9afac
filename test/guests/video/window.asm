; Modes whose memory the CPU sees at B8000h: all 32 KiB of it at random.
%include "vga.inc"
    mov ax, 0xb800
    mov es, ax
    xor di, di
.next:
    call random
    stosb
    test di, di
    jns .next
    finish
    times 510 - ($ - $$) db 0
    dw 0xaa55
