#include "model/labels.h"

#include <string.h>

/* Ground counts less than objects: a cell that is half covered shows the object. */
#define GROUND_SHARE 0.6f
#define GROUND IDC_OBJECTS

typedef struct tally {
    float count[IDC_MAX_CELLS]
               [IDC_OBJECTS + 1]; /* samples of each object, and of the ground, in each cell */
    double x[IDC_OBJECTS], y[IDC_OBJECTS], n[IDC_OBJECTS];
} tally;

static void count_samples(tally *s, const idc_labels *l, const unsigned char *mask,
                          const idc_view *v)
{
    int cell_w = v->width / l->columns, cell_h = v->height / l->rows;
    int mask_w = v->from_width / 2, mask_h = v->from_height / 2;
    for (int y = 0; y < v->height; y++) {
        for (int x = 0; x < v->width; x++) {
            double u, w;
            idc_view_source(v, x + 0.5, y + 0.5, &u, &w);
            int mx = (int)(u / 2), my = (int)(w / 2);
            mx = mx < 0 ? 0 : mx >= mask_w ? mask_w - 1 : mx;
            my = my < 0 ? 0 : my >= mask_h ? mask_h - 1 : my;
            int object = mask[(size_t)my * (size_t)mask_w + (size_t)mx];
            if (object >= IDC_OBJECTS)
                object = GROUND;
            s->count[(y / cell_h) * l->columns + x / cell_w][object] += 1;
            if (object != GROUND) {
                s->x[object] += x + 0.5;
                s->y[object] += y + 0.5;
                s->n[object] += 1;
            }
        }
    }
}

static void name_owners(idc_labels *l, const tally *s)
{
    for (int c = 0; c < l->rows * l->columns; c++) {
        float most = GROUND_SHARE * s->count[c][GROUND];
        l->object[c] = -1;
        for (int o = 0; o < IDC_OBJECTS; o++) {
            if (l->attribute[o][0] >= 0 && s->count[c][o] > most) {
                most = s->count[c][o];
                l->object[c] = (signed char)o;
            }
        }
    }
}

static void find_centres(idc_labels *l, const tally *s, int cell_w, int cell_h)
{
    float nearest[IDC_OBJECTS];
    for (int o = 0; o < IDC_OBJECTS; o++)
        l->centre[o] = -1;
    for (int c = 0; c < l->rows * l->columns; c++) {
        int o = l->object[c];
        if (o < 0)
            continue;
        double dx = c % l->columns + 0.5 - s->x[o] / s->n[o] / cell_w;
        double dy = c / l->columns + 0.5 - s->y[o] / s->n[o] / cell_h;
        float d = (float)(dx * dx + dy * dy);
        if (l->centre[o] < 0 || d < nearest[o]) {
            nearest[o] = d;
            l->centre[o] = c;
        }
    }
}

static void mark_centres(idc_labels *l)
{
    for (int o = 0; o < IDC_OBJECTS; o++) {
        if (l->centre[o] < 0)
            continue;
        int row = l->centre[o] / l->columns, column = l->centre[o] % l->columns;
        for (int y = row - 1; y <= row + 1; y++)
            for (int x = column - 1; x <= column + 1; x++)
                if (y >= 0 && y < l->rows && x >= 0 && x < l->columns &&
                    l->role[y * l->columns + x] == IDC_CELL_PLAIN)
                    l->role[y * l->columns + x] = IDC_CELL_BESIDE;
        l->role[l->centre[o]] = IDC_CELL_CENTRE;
    }
}

void idc_labels_make(idc_labels *l, const idc_triple *t, int view_index, const idc_view *view,
                     int rows, int columns)
{
    static _Thread_local tally s;
    int cell_w = view->width / columns, cell_h = view->height / rows;
    memset(&s, 0, sizeof s);
    memset(l->role, IDC_CELL_PLAIN, sizeof l->role);
    l->rows = rows;
    l->columns = columns;
    for (int o = 0; o < IDC_OBJECTS; o++)
        memcpy(l->attribute[o], t->objects[view_index][o].attribute, sizeof l->attribute[o]);
    count_samples(&s, l, t->masks[view_index], view);
    name_owners(l, &s);
    find_centres(l, &s, cell_w, cell_h);
    mark_centres(l);
    for (int c = 0; c < rows * columns; c++) {
        l->offset[c][0] = l->offset[c][1] = 0;
        if (l->object[c] < 0)
            continue;
        const idc_scene_object *o = &t->objects[view_index][l->object[c]];
        double x, y;
        idc_view_point(view, o->u, o->v, &x, &y);
        l->offset[c][0] = (float)(x / cell_w - (c % columns + 0.5));
        l->offset[c][1] = (float)(y / cell_h - (c / columns + 0.5));
    }
}

int idc_labels_pool(const idc_labels *l, int object, int pool, float *cells)
{
    int step = pool > 0 ? pool : 1, rows = l->rows / step, columns = l->columns / step, found = 0;
    memset(cells, 0, (size_t)(rows * columns) * sizeof *cells);
    if (object < 0)
        return 0;
    for (int c = 0; c < l->rows * l->columns; c++) {
        int row = c / l->columns / step, column = c % l->columns / step;
        if (l->object[c] != object || row >= rows || column >= columns)
            continue;
        float *cell = &cells[row * columns + column];
        found += *cell == 0;
        *cell = 1;
    }
    return found;
}
