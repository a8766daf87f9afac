; An animation in mode 13h: 320 x 200 pixels of a byte each, 256 colours.
;
; Fire: every pixel takes the mean of those below it, a little cooler. The
; picture is made in a buffer and copied to the screen while the beam is away.
; Space stops it and lets it go on; Escape puts the text screen back.

        bits 16
        org 0x7c00

WIDTH           equ 320
HEIGHT          equ 200
SCREEN          equ 0xa000              ; segment of the pixels
BUFFER          equ 0x2000              ; segment of the next picture
DAC_INDEX       equ 0x3c8               ; palette: which colour, then red, green, blue
DAC_DATA        equ 0x3c9
INPUT_STATUS    equ 0x3da
RETRACE         equ 8                   ; the beam goes back to the top
ESCAPE          equ 27

start:
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, start
        cld
        mov     ax, 0x0013              ; INT 10h, AH=00h: set mode 13h
        int     0x10
        call    set_palette
        mov     ax, BUFFER
        mov     es, ax
        xor     di, di
        xor     ax, ax
        mov     cx, (WIDTH * (HEIGHT + 2) + 1) / 2
        rep     stosw

frame:
        call    kindle
        call    burn
        call    show
        mov     ah, 1                   ; INT 16h, AH=01h: is there a key?
        int     0x16
        jz      frame
        xor     ah, ah
        int     0x16
        cmp     al, ESCAPE
        je      leave_mode
        cmp     al, ' '
        jne     frame
        xor     ah, ah                  ; wait for any other
        int     0x16
        jmp     frame

leave_mode:
        mov     ax, 0x0003
        int     0x10
.stop:  hlt
        jmp     .stop

; Black, red, yellow, white: 64 steps each of three parts.
set_palette:
        mov     dx, DAC_INDEX
        xor     ax, ax
        out     dx, al
        inc     dx
        xor     cx, cx                  ; CL: the colour
.next:  mov     al, cl
        call    .part                   ; red rises from 0 on
        mov     al, cl
        sub     al, 64
        jnc     .green
        xor     al, al
.green: call    .part                   ; green from 64 on
        mov     al, cl
        sub     al, 128
        jnc     .blue
        xor     al, al
.blue:  call    .part                   ; blue from 128 on
        inc     cl
        jnz     .next
        ret
.part:  cmp     al, 63                  ; six bits are a colour's part
        jbe     .fits
        mov     al, 63
.fits:  out     dx, al
        ret

; Sparks in the two rows below the picture: white or black, by chance.
kindle:
        mov     di, WIDTH * HEIGHT
        mov     cx, WIDTH * 2
.next:  mov     ax, [seed]
        mov     bx, 25173               ; a linear congruential generator
        mul     bx
        add     ax, 13849
        mov     [seed], ax
        mov     al, ah
        cbw
        mov     al, ah                  ; 0 or FFh
        stosb
        loop    .next
        ret

; Each pixel from those in the two rows below it.
burn:
        xor     di, di
        mov     cx, WIDTH * HEIGHT
.next:  xor     ax, ax
        xor     bx, bx
        mov     al, [es:di + WIDTH - 1]
        mov     bl, [es:di + WIDTH]
        add     ax, bx
        mov     bl, [es:di + WIDTH + 1]
        add     ax, bx
        mov     bl, [es:di + WIDTH * 2]
        add     ax, bx
        shr     ax, 2
        jz      .cold
        dec     ax
.cold:  stosb
        loop    .next
        ret

; Copies the picture to the screen during the vertical retrace.
show:
        mov     dx, INPUT_STATUS
.drawn: in      al, dx                  ; a retrace that has begun is too short
        test    al, RETRACE
        jnz     .drawn
.wait:  in      al, dx
        test    al, RETRACE
        jz      .wait
        push    ds
        push    es
        mov     ax, BUFFER
        mov     ds, ax
        mov     ax, SCREEN
        mov     es, ax
        xor     si, si
        xor     di, di
        mov     cx, WIDTH * HEIGHT / 2
        rep     movsw
        pop     es
        pop     ds
        ret

seed:   dw      1

        times 510 - ($ - $$) db 0
        dw      0xaa55
