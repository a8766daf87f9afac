; Writes every register of the Sequencer, the Graphics Controller, the Attribute Controller, Miscellaneous Output and the
; DAC, and sends what it then reads, as hexadecimal digits. Left out is where QEMU is no VGA: it has no PEL Mask, gives the
; Attribute Address in one state of the flip-flop only, and keeps all bits of a colour.
%include "vga.inc"
    mov bp, values
.value:
    mov bl, [bp]
    mov dx, SEQUENCER
    mov cx, 5
    call indexed_registers
    mov dx, GRAPHICS
    mov cx, 9
    call indexed_registers
    call attribute_registers
    call dac
    mov dx, 0x3c2
    mov al, bl
    out dx, al
    mov dx, 0x3cc
    in al, dx
    call say
    inc bp
    cmp bp, values_end
    jb .value
    finish

values: db 0xff, 0x00, 0xaa, 0x55
values_end:

; CX registers at port DX.
indexed_registers:
    xor ah, ah
.next:
    mov al, ah
    out dx, al
    inc dx
    mov al, bl
    out dx, al
    in al, dx
    call say
    dec dx
    inc ah
    loop .next
    ret

; With the screen off, because else the palette is not written.
attribute_registers:
    mov cx, 21
    xor ah, ah
.next:
    call flip_flop
    mov dx, 0x3c0
    mov al, ah
    out dx, al
    mov al, bl
    out dx, al
    mov al, ah
    out dx, al
    inc dx
    in al, dx
    call say
    inc ah
    loop .next
    ret

; Input Status 1 at both of its addresses.
flip_flop:
    mov dx, 0x3da
    in al, dx
    mov dx, 0x3ba
    in al, dx
    ret

; A colour and a half, and what the DAC says of itself at each step.
dac:
    mov dx, 0x3c8
    mov al, 0x10
    out dx, al
    mov cx, 4
    inc dx
.write:
    mov al, bl
    add al, cl
    out dx, al
    loop .write
    dec dx
    in al, dx
    call say
    dec dx
    in al, dx
    call say
    mov al, 0x0f
    out dx, al
    in al, dx
    call say
    mov dx, 0x3c9
    mov cx, 7
.read:
    in al, dx
    and al, 0x3f
    call say
    loop .read
    ret

; AL as two digits; all registers are kept.
say:
    push ax
    push ax
    shr al, 4
    call digit
    pop ax
    and al, 15
    call digit
    pop ax
    ret
digit:
    add al, '0'
    cmp al, '9'
    jbe .send
    add al, 'a' - '0' - 10
.send:
    out 0xe9, al
    ret
    times 510 - ($ - $$) db 0
    dw 0xaa55
