; Writes to video memory for ever, in one of three ways: HOW = 0 text, 1 mode 13h, 2 planar with a map mask a pass. A mark
; to port E9h each 65,536 bytes. Modes are set by INT 10h where the firmware has them, else the registers are given here.
org 0x7c00
bits 16
cpu 386
    cli
    cld
%if HOW > 0
    mov dx, 0x3c4
    mov ax, 0x0f02
    out dx, ax
  %if HOW = 1
    mov ax, 0x0e04
  %else
    mov ax, 0x0604
  %endif
    out dx, ax
    mov dx, 0x3ce
    mov ax, 0x0506
    out dx, ax
    mov ax, 0x0005
    out dx, ax
    mov ax, 0xa000
%else
    mov ax, 0xb800
%endif
    mov es, ax
    xor bl, bl
round:
%if HOW = 2
    mov dx, 0x3c4
    mov ah, bl
    and ah, 15
    mov al, 2
    out dx, ax
%endif
    xor di, di
    mov bp, 2
.half:
    mov cx, 0x8000
.byte:
    mov [es:di], al
    inc di
    loop .byte
%if HOW = 0
    xor di, di
%endif
    dec bp
    jnz .half
    inc bl
    inc al
    out 0xe9, al
    jmp round
    times 510 - ($ - $$) db 0
    dw 0xaa55
