; Ports: writes to the diagnostic port 80h, reads of counter 2 of the 8254, writes and reads of the master 8259's mask.
bits 32
global work

section .text
work:
    push ebx
    mov ecx, [esp + 8]
    xor ebx, ebx
.round:
    mov edx, 100
.port:
    mov al, dl
    out 0x80, al
    mov al, 0x80 ; counter 2: latch
    out 0x43, al
    in al, 0x42
    in al, 0x42
    mov al, dl
    or al, 1
    out 0x21, al
    in al, 0x21
    imul ebx, ebx, 31
    add bl, al
    dec edx
    jnz .port
    dec ecx
    jnz .round
    mov eax, ebx
    pop ebx
    ret
