; Writes to video memory for ever: HOW = 0 text, 1 mode 13h, 2 planar with a map mask a pass, 3 planar, each byte read and
; written back through the latches (write mode 1), 4 planar, bits set through write mode 3 behind a read, 5 planar, colours
; of write mode 2, 6 chain 4 with XOR. A mark to port E9h each 65,536 bytes. Modes are set by INT 10h where the firmware has
; them, else the registers are given here.
org 0x7c00
bits 16
cpu 386
%macro register 3
    mov dx, %1
    mov ax, (%3 << 8) | %2
    out dx, ax
%endmacro
    cli
    cld
%if HOW > 0
    register 0x3c4, 2, 0x0f
  %if HOW = 1 || HOW = 6
    register 0x3c4, 4, 0x0e
  %else
    register 0x3c4, 4, 0x06
  %endif
    register 0x3ce, 6, 0x05
  %if HOW = 3
    register 0x3ce, 5, 1
  %elif HOW = 4
    register 0x3ce, 5, 3
  %elif HOW = 5
    register 0x3ce, 5, 2
  %else
    register 0x3ce, 5, 0
  %endif
  %if HOW = 6
    register 0x3ce, 3, 0x18
  %endif
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
%if HOW = 3 || HOW = 4
    mov ah, [es:di]
%endif
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
