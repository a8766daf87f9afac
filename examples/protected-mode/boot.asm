; From real mode into 32-bit protected mode, with interrupts: a clock, a
; keyboard and a mouse, each behind an interrupt handler of its own.
;
; Press F5: the source is assembled, and the machine stops at `start`.

        bits 16
        org 0x7c00              ; where the BIOS puts a boot sector

SECTORS         equ 7           ; of this image, behind the boot sector
FAST_A20        equ 0x92        ; system control port A
CODE            equ 8           ; selectors: second and third descriptor of the GDT
DATA            equ 16
STACK           equ 0x90000

PIC1            equ 0x20        ; interrupt controllers: command, +1 data
PIC2            equ 0xa0
EOI             equ 0x20
FIRST_IRQ       equ 0x20        ; vectors of IRQ 0 to 15: behind the CPU's own 32
PIT             equ 0x40        ; timer: counter 0; +3 its control word
HZ              equ 100
KBC_DATA        equ 0x60        ; keyboard controller
KBC             equ 0x64
SCREEN          equ 0xb8000
COLUMNS         equ 80
ROWS            equ 25

; ------------------------------------------------------------ real mode

start:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, start
        cld
        mov     ax, 0x0200 | SECTORS    ; INT 13h, AH=02h: read sectors
        mov     bx, rest
        mov     cx, 2                   ; cylinder 0, sector 2
        xor     dh, dh                  ; head 0; DL is the drive we came from
        int     0x13
        jc      failed
        in      al, FAST_A20            ; without it address bit 20 is always 0
        or      al, 2
        out     FAST_A20, al
        lgdt    [gdt_register]
        mov     eax, cr0
        or      al, 1                   ; PE
        mov     cr0, eax
        jmp     CODE:protected

failed:
        mov     si, .text
.next:  lodsb
        test    al, al
        jz      $
        mov     ah, 0x0e
        int     0x10
        jmp     .next
.text:  db      'The disk can not be read.', 0

align 8
gdt:    dq      0                       ; the null descriptor
        dq      0x00cf9b000000ffff      ; code: base 0, limit 4 GiB, 32-bit
        dq      0x00cf93000000ffff      ; data: the same, writable
gdt_register:
        dw      $ - gdt - 1
        dd      gdt

        times 510 - ($ - $$) db 0
        dw      0xaa55

; ------------------------------------------------------------ protected mode

rest:
        bits 32

protected:
        mov     ax, DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, STACK
        call    clear_screen
        call    fill_idt
        lidt    [idt_register]
        call    start_controllers
        call    start_timer
        call    start_mouse
        mov     esi, greeting
        mov     edi, SCREEN
        call    print
        mov     edi, [pointer]          ; show the pointer
        call    invert
        sti
idle:   hlt                             ; everything else happens in handlers
        jmp     idle

clear_screen:
        mov     edi, SCREEN
        mov     ecx, COLUMNS * ROWS
        mov     ax, 0x0720              ; grey on black, a blank
        rep stosw
        ret

; Prints the text at ESI that ends with a zero to the screen at EDI.
print:
        lodsb
        test    al, al
        jz      .done
        stosb
        inc     edi                     ; the attribute stays
        jmp     print
.done:  ret

; Every vector leads to a stub that pushes its number.
fill_idt:
        mov     edi, idt
        mov     eax, stubs
        mov     ecx, VECTORS
.next:  mov     [edi], ax               ; offset, low half
        mov     word [edi + 2], CODE
        mov     word [edi + 4], 0x8e00  ; present, 32-bit interrupt gate
        mov     edx, eax
        shr     edx, 16
        mov     [edi + 6], dx
        add     eax, STUB_BYTES
        add     edi, 8
        loop    .next
        ret

; ICW1 to ICW4 of both controllers; then only clock, keyboard, mouse.
start_controllers:
        mov     al, 0x11
        out     PIC1, al
        out     PIC2, al
        mov     al, FIRST_IRQ
        out     PIC1 + 1, al
        mov     al, FIRST_IRQ + 8
        out     PIC2 + 1, al
        mov     al, 4                   ; the second one hangs on IRQ 2
        out     PIC1 + 1, al
        mov     al, 2
        out     PIC2 + 1, al
        mov     al, 1
        out     PIC1 + 1, al
        out     PIC2 + 1, al
        mov     al, ~0b0000_0111        ; IRQ 0, 1, 2
        out     PIC1 + 1, al
        mov     al, ~0b0001_0000        ; IRQ 12
        out     PIC2 + 1, al
        ret

start_timer:
        mov     al, 0x34                ; counter 0, both bytes, rate generator
        out     PIT + 3, al
        mov     ax, 1193182 / HZ
        out     PIT, al
        mov     al, ah
        out     PIT, al
        ret

; Waits until the keyboard controller takes a byte, and until it has one.
wait_to_write:
        in      al, KBC
        test    al, 2
        jnz     wait_to_write
        ret
wait_to_read:
        in      al, KBC
        test    al, 1
        jz      wait_to_read
        ret

start_mouse:
        call    wait_to_write
        mov     al, 0xa8                ; the mouse's port on
        out     KBC, al
        call    wait_to_write
        mov     al, 0x20                ; read the command byte
        out     KBC, al
        call    wait_to_read
        in      al, KBC_DATA
        or      al, 2                   ; interrupts of the mouse on
        and     al, ~0x20               ; its clock on
        mov     ah, al
        call    wait_to_write
        mov     al, 0x60                ; write the command byte
        out     KBC, al
        call    wait_to_write
        mov     al, ah
        out     KBC_DATA, al
        call    wait_to_write
        mov     al, 0xd4                ; the next byte is for the mouse
        out     KBC, al
        call    wait_to_write
        mov     al, 0xf4                ; report movement
        out     KBC_DATA, al
        call    wait_to_read
        in      al, KBC_DATA            ; its acknowledge, FAh
        ret

; ------------------------------------------------------------ interrupts

STUB_BYTES      equ 16
VECTORS         equ FIRST_IRQ + 16

; A stub for each vector. The CPU pushes an error code for some exceptions;
; for all others the stub pushes a zero, so that every frame is the same.
align 16
stubs:
%assign vector 0
%rep VECTORS
        align   STUB_BYTES
  %if !(vector = 8 || (vector >= 10 && vector <= 14))
        push    byte 0
  %endif
        push    byte vector
        jmp     near dispatch
  %assign vector vector + 1
%endrep
        align   STUB_BYTES

; [esp] vector, [esp + 4] error code, then what the CPU pushed.
dispatch:
        pushad
        cld
        mov     eax, [esp + 32]
        cmp     al, FIRST_IRQ
        jb      exception
        je      clock
        cmp     al, FIRST_IRQ + 1
        je      keyboard
        cmp     al, FIRST_IRQ + 12
        je      mouse
done:
        mov     al, EOI
        cmp     byte [esp + 32], FIRST_IRQ + 8
        jb      .first
        out     PIC2, al
.first: out     PIC1, al
        popad
        add     esp, 8                  ; vector and error code
        iretd

; An exception is a mistake of ours: says which one and where, and stops.
exception:
        mov     edi, SCREEN + 24 * COLUMNS * 2
        mov     esi, wrong
        call    print
        mov     eax, [esp + 32]
        call    print_hex
        mov     esi, where
        call    print
        mov     eax, [esp + 40]
        call    print_hex
        cli
        hlt

; Prints EAX at EDI.
print_hex:
        mov     ecx, 8
.next:  rol     eax, 4
        mov     edx, eax
        and     edx, 15
        mov     dl, [digits + edx]
        mov     [edi], dl
        add     edi, 2
        loop    .next
        ret

; A second is HZ ticks.
clock:
        inc     dword [ticks]
        mov     eax, [ticks]
        xor     edx, edx
        mov     ecx, HZ
        div     ecx
        test    edx, edx
        jnz     done
        mov     edi, SCREEN + 2 * (COLUMNS - 8)
        call    print_hex
        jmp     done

; A key: scan code set 1, as the controller translates it.
keyboard:
        in      al, KBC_DATA
        test    al, 0x80                ; released
        jnz     done
        movzx   ebx, al
        cmp     bl, KEYS
        jae     done
        mov     al, [keys + ebx]
        test    al, al
        jz      done
        mov     edi, [typed]
        mov     [edi], al
        add     edi, 2
        cmp     edi, SCREEN + 2 * COLUMNS * 4
        jb      .fits
        mov     edi, SCREEN + 2 * COLUMNS * 3
.fits:  mov     [typed], edi
        jmp     done

; A byte of the mouse: three make a packet.
mouse:
        in      al, KBC_DATA
        mov     ebx, [count]
        test    ebx, ebx
        jnz     .goes_on
        test    al, 8                   ; this bit is set in each first byte
        jz      done                    ; out of step: wait for one
.goes_on:
        mov     [packet + ebx], al
        inc     ebx
        mov     [count], ebx
        cmp     ebx, 3
        jb      done
        mov     dword [count], 0
        mov     edi, [pointer]
        call    invert                  ; away from the old place
        movsx   eax, byte [packet + 1]
        add     eax, [mouse_x]
        mov     ecx, COLUMNS * 8 - 1
        call    limit
        mov     [mouse_x], eax
        movsx   eax, byte [packet + 2]
        neg     eax                     ; a mouse counts upwards, a screen downwards
        add     eax, [mouse_y]
        mov     ecx, ROWS * 16 - 1
        call    limit
        mov     [mouse_y], eax
        shr     eax, 4                  ; a cell is 8 by 16 counts
        imul    eax, COLUMNS
        mov     ecx, [mouse_x]
        shr     ecx, 3
        add     eax, ecx
        lea     edi, [SCREEN + eax * 2]
        mov     [pointer], edi
        test    byte [packet], 1        ; left button: leave a mark
        jz      .up
        mov     byte [edi], '*'
.up:    call    invert
        jmp     done

; EAX to 0 at least and ECX at most.
limit:
        test    eax, eax
        jns     .positive
        xor     eax, eax
.positive:
        cmp     eax, ecx
        jle     .done
        mov     eax, ecx
.done:  ret

; Swaps the colours of the cell at EDI.
invert:
        rol     byte [edi + 1], 4
        ret

; ------------------------------------------------------------ data

greeting:
        db      'Protected mode. Type, and move the mouse over the screen.', 0
wrong:  db      'Exception ', 0
where:  db      ' at ', 0
digits: db      '0123456789ABCDEF'
keys:   db      0, 0, '1234567890-=', 0, 0, 'qwertyuiop[]', 0, 0
        db      "asdfghjkl;'`", 0, '\zxcvbnm,./', 0, '*', 0, ' '
KEYS    equ     $ - keys

align 4
ticks:  dd      0
typed:  dd      SCREEN + 2 * COLUMNS * 3
pointer:
        dd      SCREEN + 2 * (12 * COLUMNS + 40)
mouse_x:
        dd      40 * 8
mouse_y:
        dd      12 * 16
count:  dd      0
packet: db      0, 0, 0

align 4
idt_register:
        dw      VECTORS * 8 - 1
        dd      idt

        times (SECTORS + 1) * 512 - ($ - $$) db 0
idt     equ     $                       ; behind the image: VECTORS * 8 bytes
