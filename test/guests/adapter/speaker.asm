; The speaker: a tone of the timer, silence, a tone by pushing the cone, then so many changes that nobody could hear them;
; a mark to port E9h behind each. 10 ns a count.
org 0x7c00
bits 16
cpu 386
    cli
    ; Timer 2, mode 3, count 1193: 1,000.2 Hz.
    mov al, 0xb6
    out 0x43, al
    mov al, 1193 & 0xff
    out 0x42, al
    mov al, 1193 >> 8
    out 0x42, al
    in al, 0x61
    or al, 3
    out 0x61, al
    mov ecx, 5_000_000
    call wait_counts
    in al, 0x61
    and al, 0xfc
    out 0x61, al
    mov al, '1'
    out 0xe9, al
    mov ecx, 5_000_000
    call wait_counts
    ; Pushed every 200,000 counts, that is 500 times a second, for a tenth of a second.
    mov bx, 50
push_cone:
    xor al, al
    out 0x61, al
    mov ecx, 100_000
    call wait_counts
    mov al, 2
    out 0x61, al
    mov ecx, 99_990
    call wait_counts
    dec bx
    jnz push_cone
    xor al, al
    out 0x61, al
    mov al, '2'
    out 0xe9, al
    mov ecx, 10_000_000
    call wait_counts
    ; The tone on and off every few counts.
    mov ecx, 200_000
flood:
    mov al, cl
    and al, 1
    neg al
    and al, 3
    out 0x61, al
    dec ecx
    jnz flood
    xor al, al
    out 0x61, al
    mov al, '3'
    out 0xe9, al
    sti
    hlt
    jmp $ - 1

; ECX counts.
wait_counts:
    shr ecx, 1
.next:
    dec ecx
    jnz .next
    ret
    times 510 - ($ - $$) db 0
    dw 0xaa55
