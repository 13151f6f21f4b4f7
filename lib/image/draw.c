#include "image/draw.h"

#include <string.h>

#include "image/font.h"

#define MARGIN 8
#define SHOW_SCALE 2
#define FRAME 2
#define WHITE 0xffffffu
#define INK 0x202020u
#define MARK 0xff2020u

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

void idc_draw_fill(idc_image *img, idc_rect r, uint32_t colour)
{
    const unsigned char rgb[3] = {(unsigned char)(colour >> 16), (unsigned char)(colour >> 8),
                                  (unsigned char)colour};
    int x0 = clamp(r.x0, 0, img->width), x1 = clamp(r.x1, 0, img->width);
    for (int y = clamp(r.y0, 0, img->height); y < clamp(r.y1, 0, img->height); y++)
        for (int x = x0; x < x1; x++)
            memcpy(img->rgb + ((size_t)y * (size_t)img->width + (size_t)x) * 3, rgb, 3);
}

void idc_draw_frame(idc_image *img, idc_rect r, int width, uint32_t colour)
{
    idc_draw_fill(img, (idc_rect){r.x0, r.y0, r.x1, r.y0 + width}, colour);
    idc_draw_fill(img, (idc_rect){r.x0, r.y1 - width, r.x1, r.y1}, colour);
    idc_draw_fill(img, (idc_rect){r.x0, r.y0, r.x0 + width, r.y1}, colour);
    idc_draw_fill(img, (idc_rect){r.x1 - width, r.y0, r.x1, r.y1}, colour);
}

void idc_draw_picture(idc_image *img, const idc_image *from, int x, int y)
{
    int left = x < 0 ? -x : 0, right = clamp(img->width - x, 0, from->width);
    for (int row = y < 0 ? -y : 0; row < from->height && y + row < img->height && left < right;
         row++)
        memcpy(img->rgb + ((size_t)(y + row) * (size_t)img->width + (size_t)(x + left)) * 3,
               from->rgb + ((size_t)row * (size_t)from->width + (size_t)left) * 3,
               (size_t)(right - left) * 3);
}

static void draw_letter(idc_image *img, int x, int y, int scale, uint32_t colour,
                        unsigned char letter)
{
    const uint8_t *rows = idc_font_glyph(letter);
    for (int r = 0; r < IDC_FONT_HEIGHT; r++)
        for (int c = 0; c < IDC_FONT_WIDTH; c++)
            if (rows[r] >> (IDC_FONT_WIDTH - 1 - c) & 1)
                idc_draw_fill(img,
                              (idc_rect){x + c * scale, y + r * scale, x + (c + 1) * scale,
                                         y + (r + 1) * scale},
                              colour);
}

/* The bytes of UTF-8 after the first of a letter take no room. */
static int is_letter(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

/* Letters up to the next space or the end. */
static int word_length(const char *text)
{
    int n = 0;
    for (; *text && *text != ' '; text++)
        n += is_letter(*text);
    return n;
}

int idc_draw_text(idc_image *img, idc_rect r, int scale, uint32_t colour, const char *text)
{
    int advance = (IDC_FONT_WIDTH + 1) * scale, line = (IDC_FONT_HEIGHT + 1) * scale;
    int room = (r.x1 - r.x0) / advance, column = 0, y = r.y0;
    room = room < 1 ? 1 : room;
    if (!*text)
        return 0;
    for (; *text; text++) {
        if (!is_letter(*text))
            continue;
        /* a word that does not fit begins a line, one longer than a line goes on in the next */
        int space = *text == ' ';
        int need = space ? 1 + word_length(text + 1) : 1;
        if (column > 0 && (column >= room || (space && column + need > room))) {
            column = 0;
            y += line;
            if (space)
                continue;
        }
        if (img)
            draw_letter(img, r.x0 + column * advance, y, scale, colour, (unsigned char)*text);
        column++;
    }
    return y + line - r.y0;
}

int idc_show_pair(idc_image *out, const idc_show *what, idc_error *err)
{
    const idc_image *a = what->before, *b = what->after;
    int tall = a->height > b->height ? a->height : b->height;
    int second = a->width + 2 * MARGIN; /* where the second picture begins */
    int width = second + b->width + MARGIN;
    const char *sentence = what->sentence ? what->sentence : "";
    idc_rect text = {MARGIN, tall + 2 * MARGIN, width - MARGIN, 0};
    int lines = idc_draw_text(NULL, text, SHOW_SCALE, INK, sentence);
    int rc = idc_image_new(out, width, tall + 2 * MARGIN + lines + (lines > 0 ? MARGIN : 0), err);
    if (rc < 0)
        return rc;
    idc_draw_fill(out, (idc_rect){0, 0, out->width, out->height}, WHITE);
    idc_draw_picture(out, a, MARGIN, MARGIN);
    idc_draw_picture(out, b, second, MARGIN);
    for (int i = 0; i < what->box_count; i++) {
        const idc_image *in = what->boxes[i].after ? b : a;
        idc_rect r = what->boxes[i].rect;
        int x = what->boxes[i].after ? second : MARGIN;
        r.x0 = clamp(r.x0, 0, in->width) + x;
        r.x1 = clamp(r.x1, 0, in->width) + x;
        r.y0 = clamp(r.y0, 0, in->height) + MARGIN;
        r.y1 = clamp(r.y1, 0, in->height) + MARGIN;
        idc_draw_frame(out, r, FRAME, MARK);
    }
    idc_draw_text(out, text, SHOW_SCALE, INK, sentence);
    return 0;
}
