; The timer's interrupt waits while interrupts are off, and comes behind the instruction after STI.
        bits 16
        org 0x7c00

start:
        cli
        mov     al, 0x34
        out     0x43, al
        mov     al, 0x00
        out     0x40, al
        mov     al, 0x01
        out     0x40, al
        mov     cx, 0xffff
        loop    $
on:
        sti
        nop
        nop
behind:
        hlt
        jmp     behind
        times 510 - ($ - $$) db 0
        dw 0xaa55
