; Ways of waiting, one after the other; each begins with a label and is told from the next by WHERE.
org 0x7c00
bits 16
TICKS equ 0x1000
WHERE equ 0x1002
COUNTER equ 0x1004
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7000
    cli
    mov word [8 * 4], tick
    mov [8 * 4 + 2], ax
    ; counter 0 as rate generator: every 12,000 ticks, some ten milliseconds
    mov al, 0x34
    out 0x43, al
    mov ax, 12000
    out 0x40, al
    mov al, ah
    out 0x40, al
    sti
begin:
%macro next 1
    mov byte [WHERE], %1
%endmacro
    next 1 ; for a word of memory that an interrupt changes
    mov cx, 3
.tick:
    mov ax, [TICKS]
.same:
    cmp ax, [TICKS]
    je .same
    loop .tick

    next 2 ; the same by a function
    mov cx, 3
.again:
    mov bx, [TICKS]
.called:
    call ticks_now
    cmp ax, bx
    je .called
    loop .again

    next 3 ; for a key, from the firmware
.key:
    mov ah, 1
    int 0x16
    jz .key
    mov ah, 0
    int 0x16

    next 4 ; for the refresh toggle
    mov cx, 200
.toggle:
    in al, 0x61
    mov ah, al
.refresh:
    in al, 0x61
    cmp al, ah
    je .refresh
    loop .toggle

    next 5 ; for vertical retrace
    mov dx, 0x3da
    mov cx, 2
.retrace:
    in al, dx
    test al, 8
    jnz .retrace
.display:
    in al, dx
    test al, 8
    jz .display
    loop .retrace

    next 6 ; for the transmitter of a serial port
    mov cx, 20
    mov dx, 0x3fd
.byte:
    in al, dx
    test al, 0x20
    jz .byte
    mov al, cl
    mov dx, 0x3f8
    out dx, al
    mov dx, 0x3fd
    loop .byte

    next 7 ; for an interrupt controller that holds the timer's request
    cli
    mov cx, 2
.held:
    mov al, 0x0a
    out 0x20, al
.request:
    in al, 0x20
    test al, 1
    jz .request
    sti
    nop
    cli
    loop .held
    sti

    next 8 ; not at all: what goes round counts
    mov eax, [TICKS]
.count:
    inc dword [COUNTER]
    cmp ax, [TICKS]
    je .count

    next 9 ; with stores of what is there already
    mov eax, [TICKS]
.stores:
    mov dword [COUNTER + 4], 12345
    push ax
    pop bx
    cmp ax, [TICKS]
    je .stores

    next 10 ; by what does not stay: a count of the timer
    mov cx, 20
.latch:
    mov al, 0
    out 0x43, al
    in al, 0x40
    mov ah, al
    in al, 0x40
    cmp al, 20
    ja .latch
    loop .latch

    next 11 ; by a long way round, through protected mode
    mov bx, [TICKS]
.long:
    cli
    lgdt [gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp .protected
.protected:
    and al, 0xfe
    mov cr0, eax
    sti
    mov cx, 350
    loop $
    cmp bx, [TICKS]
    je .long

    next 12 ; for ever
    jmp $

gdtr: dw 7, 0, 0

ticks_now:
    mov ax, [TICKS]
    ret
tick:
    push ax
    inc word [TICKS]
    mov al, 0x20
    out 0x20, al
    pop ax
    iret
times 510 - ($ - $$) db 0
dw 0xaa55
