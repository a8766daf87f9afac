; Calls the firmware by a script and tells on the debug console (port E9h) what it answered. The same image runs on the
; built-in firmware and on SeaBIOS in QEMU. The script lies behind the code from sector 9 on; its records are described
; in test/firmware/script.ts, which writes them.

CODE equ 0x8000
SECTORS equ 8           ; of code, the boot sector included
SCRIPT equ 0x1000       ; segment of the script
SCRIPT_SECTORS equ 54   ; up to the end of the second cylinder's first track: 62 sectors in all

        cpu 386
        org CODE
        bits 16

; ---------------------------------------------------------------- the boot sector, at 0000:7C00 first
boot:   jmp 0:boot.here - CODE + 0x7c00
.here:  xor ax, ax
        mov ss, ax
        mov sp, 0x7000
        mov ds, ax
        mov es, ax
        mov cx, 256
        mov si, 0x7c00
        mov di, CODE
        rep movsw
        jmp 0:load
load:   mov byte [lba], 1
.next:  movzx ax, byte [lba]
        cmp ax, SECTORS + SCRIPT_SECTORS
        je start
        mov bx, CODE
        cmp ax, SECTORS
        jb .code
        sub ax, SECTORS
        shl ax, 5
        add ax, SCRIPT
        mov es, ax
        xor bx, bx
        jmp .read
.code:  shl ax, 9
        add bx, ax
        xor ax, ax
        mov es, ax
.read:  movzx ax, byte [lba]
        mov dl, 36
        div dl
        mov ch, al
        mov al, ah
        xor ah, ah
        mov dl, 18
        div dl
        mov dh, al
        mov cl, ah
        inc cl
        mov dl, 0
        mov ax, 0x0201
        int 0x13
        jc .failed
        inc byte [lba]
        jmp .next
.failed:
        mov al, '!'
        out 0xe9, al
        jmp stop
lba     db 0

; AL, AX, EAX in hexadecimal; DX is kept.
hex8:   push ax
        shr al, 4
        call .digit
        pop ax
.digit: push ax
        and al, 15
        cmp al, 10
        sbb al, 0x69
        das
        out 0xe9, al
        pop ax
        ret
hex16:  xchg al, ah
        call hex8
        xchg al, ah
        jmp hex8
hex32:  rol eax, 16
        call hex16
        rol eax, 16
        jmp hex16
newline:
        mov al, 10
        out 0xe9, al
        ret
stop:   mov al, 0
        out 0xf4, al
        cli
        hlt

        times 510 - ($ - $$) db 0
        dw 0xaa55

; ---------------------------------------------------------------- the script
; GS:SI is the next byte of it.
byte_:  gs lodsb
        ret
word_:  gs lodsw
        ret
dword_: gs lodsd
        ret

start:  mov ax, SCRIPT
        mov gs, ax
        xor si, si
.next:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov [script], si
        sti
        cld
        call byte_
        movzx bx, al
        shl bx, 1
        jmp [bx + .kinds]
.kinds  dw finish, call_, dump, store, in_, registers, picture, ticks, protect

finish: mov al, '.'
        out 0xe9, al
        call newline
        jmp stop

; INT n with all registers; tells them behind it.
call_:  call byte_
        mov [.int + 1], al
        call dword_
        mov [.eax], eax
        call dword_
        mov [.ebx], eax
        call dword_
        mov [.ecx], eax
        call dword_
        mov [.edx], eax
        call dword_
        mov [.esi], eax
        call dword_
        mov [.edi], eax
        call dword_
        mov [.ebp], eax
        call word_
        mov [.ds], ax
        call word_
        mov [.es], ax
        mov [script], si
        mov [.sp], sp
        push word [.es]
        push word [.ds]
        mov eax, [.eax]
        mov ebx, [.ebx]
        mov ecx, [.ecx]
        mov edx, [.edx]
        mov esi, [.esi]
        mov edi, [.edi]
        mov ebp, [.ebp]
        clc
        pop ds
        pop es
        jmp short .int          ; the number of the interrupt was just written
.int:   int 0
        push ds
        push es
        pushf
        push ds
        push word 0
        pop ds
        mov [.eax], eax
        mov [.ebx], ebx
        mov [.ecx], ecx
        mov [.edx], edx
        mov [.esi], esi
        mov [.edi], edi
        mov [.ebp], ebp
        pop ax
        pop word [.flags]
        pop word [.es]
        pop word [.ds]
        mov sp, [.sp]
        xor ax, ax
        mov ds, ax
        mov es, ax
        cld
        mov di, .eax
        mov cx, 7
.tell:  mov eax, [di]
        call hex32
        mov al, ' '
        out 0xe9, al
        add di, 4
        loop .tell
        mov ax, [.ds]
        call hex16
        mov al, ' '
        out 0xe9, al
        mov ax, [.es]
        call hex16
        mov al, ' '
        out 0xe9, al
        mov al, [.flags]        ; CF and ZF
        and al, 0x41
        call hex8
        call newline
        jmp next
        align 4
.eax    dd 0
.ebx    dd 0
.ecx    dd 0
.edx    dd 0
.esi    dd 0
.edi    dd 0
.ebp    dd 0
.ds     dw 0
.es     dw 0
.sp     dw 0
.flags  dw 0
script  dw 0
next:   mov ax, SCRIPT
        mov gs, ax
        mov si, [script]
        jmp start.next

; Memory below 1 MiB: a linear address and a length.
far_:   call dword_
        mov ebx, eax
        and bx, 15
        shr eax, 4
        mov es, ax
        ret
dump:   call far_
        call word_
        mov [script], si
        mov cx, ax
        jcxz .end
.byte:  mov al, [es:bx]
        call hex8
        inc bx
        loop .byte
.end:   call newline
        jmp next

store:  call far_
        call word_
        mov cx, ax
        jcxz .end
.byte:  call byte_
        mov [es:bx], al
        inc bx
        loop .byte
.end:   mov [script], si
        jmp next

in_:    call word_
        mov [script], si
        mov dx, ax
        in al, dx
        call hex8
        call newline
        jmp next

; Every register of a VGA: miscellaneous output, sequencer, CRT controller, graphics, attributes, PEL mask, DAC.
registers:
        mov [script], si
        mov dx, 0x3cc
        in al, dx
        mov bl, al
        call hex8
        call newline
        mov dx, 0x3c4
        mov cx, 5
        call indexed
        mov dx, 0x3b4
        test bl, 1
        jz .mono
        mov dl, 0xd4
.mono:  mov [crtc], dx
        mov cx, 25
        call indexed
        mov dx, 0x3ce
        mov cx, 9
        call indexed
        xor bl, bl
.attribute:
        mov dx, [crtc]
        add dl, 6
        in al, dx
        mov dx, 0x3c0
        mov al, bl
        out dx, al
        inc dx
        in al, dx
        call hex8
        inc bl
        cmp bl, 21
        jne .attribute
        call newline
        mov dx, [crtc]
        add dl, 6
        in al, dx
        mov dx, 0x3c0
        mov al, 0x20
        out dx, al
        mov dx, 0x3c6
        in al, dx
        call hex8
        call newline
        inc dx
        xor al, al
        out dx, al
        add dl, 2
        mov cx, 768
.dac:   in al, dx
        call hex8
        loop .dac
        call newline
        jmp next
indexed:
        xor ah, ah
.next:  mov al, ah
        out dx, al
        inc dx
        in al, dx
        dec dx
        call hex8
        inc ah
        loop .next
        jmp newline
crtc    dw 0

; A sum over 64 KiB of each plane at A0000h, and over 32 KiB at B0000h and B8000h.
picture:
        mov [script], si
        mov dx, 0x3ce
        mov al, 4
        out dx, al
        inc dx
        in al, dx
        mov [.map], al
        mov bl, 0
.plane: mov dx, 0x3ce
        mov al, 4
        mov ah, bl
        out dx, ax
        mov ax, 0xa000
        mov ecx, 0x10000
        call sum
        inc bl
        cmp bl, 4
        jne .plane
        mov dx, 0x3ce
        mov al, 4
        mov ah, [.map]
        out dx, ax
        mov ax, 0xb000
        mov ecx, 0x8000
        call sum
        mov ax, 0xb800
        mov ecx, 0x8000
        call sum
        call newline
        jmp next
.map    db 0

sum:    mov es, ax
        xor edi, edi
        xor edx, edx
.next:  rol edx, 5
        xor eax, eax
        mov al, [es:di]
        add edx, eax
        inc di
        a32 loop .next
        mov eax, edx
        call hex32
        mov al, ' '
        out 0xe9, al
        ret

; Waits for a number of timer ticks.
ticks:  call byte_
        mov [script], si
        movzx ecx, al
        add ecx, [0x46c]
.wait:  hlt
        cmp ecx, [0x46c]
        ja .wait
        jmp next

; INT 15h AH=89h, and back to real mode. Tells CS, DS, ES, SS, AX, CF and IF, the masks of both 8259A, then the descriptor
; that the firmware made.
protect:
        call byte_
        mov bl, al
        call byte_
        mov bh, al
        mov [script], si
        mov [.sp], sp
        mov ecx, 0
        mov [.table + 0x38], ecx
        mov [.table + 0x3c], ecx
        mov ax, 0x8900
        mov si, .table
        clc
        int 0x15
        pushf
        push ax
        mov ax, cs
        call hex16
        mov al, ' '
        out 0xe9, al
        mov ax, ds
        call hex16
        mov al, ' '
        out 0xe9, al
        mov ax, es
        call hex16
        mov al, ' '
        out 0xe9, al
        mov ax, ss
        call hex16
        mov al, ' '
        out 0xe9, al
        pop ax
        call hex16
        mov al, ' '
        out 0xe9, al
        pop ax
        and al, 1
        call hex8
        mov al, ' '
        out 0xe9, al
        in al, 0x21
        call hex8
        in al, 0xa1
        call hex8
        call newline
; Real mode again, with the firmware's vectors.
        mov eax, cr0
        and al, 0xfe
        mov cr0, eax
        jmp 0:.real
.real:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, [.sp]
        lidt [.ivt]
        mov al, 0x11
        out 0x20, al
        out 0xa0, al
        mov al, 0x08
        out 0x21, al
        mov al, 0x70
        out 0xa1, al
        mov al, 0x04
        out 0x21, al
        mov al, 0x02
        out 0xa1, al
        mov al, 0x01
        out 0x21, al
        out 0xa1, al
        mov al, 0xb8
        out 0x21, al
        mov al, 0x8f
        out 0xa1, al
        mov eax, [.table + 0x3c]
        call hex32
        mov eax, [.table + 0x38]
        call hex32
        call newline
        jmp next
        align 8
.table  dq 0
        dw 63, .table, 0, 0             ; GDT
        dw 0x3ff, 0, 0, 0               ; IDT
        dw 0xffff, 0, 0x9300, 0         ; DS, ES, SS
        dw 0xffff, 0, 0x9300, 0
        dw 0xffff, 0, 0x9300, 0
        dw 0xffff, 0, 0x9b00, 0         ; CS
        dq 0
.ivt    dw 0x3ff
        dd 0
.sp     dw 0

        times SECTORS * 512 - ($ - $$) db 0
