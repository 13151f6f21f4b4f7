#include "model/outline.h"

#include <math.h>
#include <string.h>

#include "encoder/encoder.h"

/* Where the probabilities and offsets of a cell stand, counted from the end of its feature (docs/model.md). */
enum { FOREGROUND = 19, OFFSET = 2 };

/* Cells of one object agree on its centre to within this, in cells: half the distance of two small objects that touch. */
#define SAME_CENTRE 1.25f

typedef struct scene {
    const float *feature;
    int rows, columns, width;
} scene;

static bool tells_objects(const idc_model_config *c)
{
    return strcmp(c->encoder.kind, "cnn") == 0;
}

void idc_outline_grid(const idc_model_config *c, int grid[2])
{
    if (tells_objects(c))
        memcpy(grid, c->network.grid, 2 * sizeof *grid);
    else
        idc_network_cells(&c->network, &grid[0], &grid[1]);
}

static float foreground(const scene *s, int cell)
{
    return s->feature[(size_t)cell * (size_t)s->width + (size_t)(s->width - FOREGROUND)];
}

static void centre(const scene *s, int cell, float at[2])
{
    const float *offset =
        s->feature + (size_t)cell * (size_t)s->width + (size_t)(s->width - OFFSET);
    at[0] = (float)(cell % s->columns) + 0.5f + offset[0];
    at[1] = (float)(cell / s->columns) + 0.5f + offset[1];
}

/* The surest foreground cell among those of the likeliest pooled cell; −1 when none is foreground. */
static int seed_of(const scene *s, const float *pointer, int pool)
{
    int rows = s->rows / pool, columns = s->columns / pool, peak = 0, best = -1;
    for (int i = 1; i < rows * columns; i++)
        peak = pointer[i] > pointer[peak] ? i : peak;
    for (int y = peak / columns * pool; y < (peak / columns + 1) * pool; y++)
        for (int x = peak % columns * pool; x < (peak % columns + 1) * pool; x++) {
            int cell = y * s->columns + x;
            if (foreground(s, cell) > (best < 0 ? 0.5f : foreground(s, best)))
                best = cell;
        }
    return best;
}

void idc_outline(float *map, const float *pointer, const float *feature, const idc_model_config *c)
{
    const idc_network_config *net = &c->network;
    int pool = net->pool > 0 ? net->pool : 1, rows, columns;
    int pooled = idc_network_cells(net, &rows, &columns);
    if (!tells_objects(c)) {
        memcpy(map, pointer, (size_t)pooled * sizeof *map);
        return;
    }
    scene s = {feature, net->grid[0], net->grid[1], net->feature};
    float mass = 0.0f, goal[2], at[2];
    for (int i = 0; i < pooled; i++)
        mass += pointer[i];
    int n = s.rows * s.columns, seed = seed_of(&s, pointer, pool), members = 0;
    if (seed >= 0)
        centre(&s, seed, goal);
    for (int i = 0; i < n; i++) {
        map[i] = 0.0f;
        if (seed < 0 || foreground(&s, i) < 0.5f)
            continue;
        centre(&s, i, at);
        map[i] = hypotf(at[0] - goal[0], at[1] - goal[1]) <= SAME_CENTRE ? 1.0f : 0.0f;
        members += map[i] > 0.0f;
    }
    for (int i = 0; i < n; i++)
        map[i] = members > 0 ? map[i] * mass / (float)members
                             : pointer[i / s.columns / pool * columns + i % s.columns / pool] /
                                   (float)(pool * pool);
}
