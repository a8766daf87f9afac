; Every feature of a listing that the reader must understand. The comments at the ends of lines are labels of the test.
        org 0x7c00
        bits 16
%include "everything.inc"
COUNT   equ 5
%define FIVE 5
start:
        mov si, msg             ; @start
        putc 'A'                ; @first-call
        putc 'B'                ; @second-call
.loop:
        lodsb                   ; @loop
        or al, al
        jz .done
        call helper
        jmp .loop
.done:  hlt                     ; @done
        jmp short .done
        times 3 nop             ; @times
%rep 2
        inc ax                  ; @rep
        dec bx
%endrep
        mov bx, [cs:table+bx]
        mov eax, 12345678h
        mov dword [0x1234], 0x12345678
        jmp start.loop
msg     db 'Hello, a long message that wraps over lines; it is data', 13, 10, 0   ; @msg
table:  dw start, msg, helper   ; @table
        align 16, db 0x90
outer_site:
        outer                   ; @outer
alone
        nop                     ; @alone
buffer: times 10 db 0
words:  times 3 dw 0x1234, 5    ; @words
        section .data
value:  dd 1, start             ; @value
blob:   incbin "everything.inc", 0, 20
        section .moved vstart=0x600
moved:  nop                     ; @moved
        jmp start
        call moved
        section .bss
array:  resb 64
array2: resw 2
