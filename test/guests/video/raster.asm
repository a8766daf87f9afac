; Colours by the scan line: in the horizontal retrace before line n, DAC entry 0 becomes red n & 63, green 16 * (n >> 7 & 3),
; blue 63 - red. Nothing but entry 0 is on the screen. A mark at each frame from the fourth on.
%include "vga.inc"
%define LINES 400
    mov ax, 0xa000
    mov es, ax
    xor di, di
    xor ax, ax
    mov cx, 0x8000
    rep stosw
    mov ax, 0xb800
    mov es, ax
    xor ax, ax
    xor di, di
    mov cx, 0x4000
    rep stosw
    xor bp, bp
frame:
    mov dx, 0x3da
.retrace:
    in al, dx
    test al, 8
    jz .retrace
.over:
    in al, dx
    test al, 8
    jnz .over
    xor si, si
.line:
    call colour
    inc si
    cmp si, LINES
    je .done
.drawing:
    in al, dx
    test al, 1
    jnz .drawing
.blank:
    in al, dx
    test al, 1
    jz .blank
    jmp .line
.done:
    inc bp
    cmp bp, 4
    jb frame
    mov al, 'R'
    out 0xe9, al
    jmp frame

; The colour of line SI.
colour:
    mov dx, 0x3c8
    xor al, al
    out dx, al
    inc dx
    mov ax, si
    and al, 63
    mov ah, al
    out dx, al
    mov bx, si
    shr bx, 3
    mov al, bl
    and al, 0x30
    out dx, al
    mov al, 63
    sub al, ah
    out dx, al
    mov dx, 0x3da
    ret
    times 510 - ($ - $$) db 0
    dw 0xaa55
