; Code in video memory, changed between two calls: through the planes, where the chip answers each access, then as memory.
; Sends what the code gave each time.
%include "vga.inc"
    mov ax, 0xa000
    mov es, ax
    call twice
    indexed SEQUENCER, 4, 0x0e
    call twice
    indexed SEQUENCER, 4, 0x06
    call twice
    finish

twice:
    ; mov al, 'A'; retf
    mov dword [es:0], 0x00cb41b0
    call 0xa000:0
    out 0xe9, al
    mov byte [es:1], 'B'
    call 0xa000:0
    out 0xe9, al
    ret
    times 510 - ($ - $$) db 0
    dw 0xaa55
