#include "synth/listing.h"

static void print_box(FILE *f, const idc_seen *s)
{
    if (s->pixels)
        fprintf(f, "[%d, %d, %d, %d]", s->box[0], s->box[1], s->box[2], s->box[3]);
    else
        fputs("null", f);
}

static void print_file(FILE *f, const char *key, const idc_triple *t, int view,
                       const char *extension)
{
    fprintf(f, "\"%s\": \"img/%s_%c.%s\"", key, t->name, idc_view_names[view][0], extension);
}

static void print_attrs(FILE *f, const idc_solid *o)
{
    static const int order[IDC_ATTRS] = {IDC_ATTR_SIZE, IDC_ATTR_COLOR, IDC_ATTR_MATERIAL,
                                         IDC_ATTR_SHAPE};
    for (int a = 0; a < IDC_ATTRS; a++)
        fprintf(f, "\"%s\": \"%s\", ", idc_attr_names[order[a]],
                idc_attr_values[order[a]][o->attr[order[a]]]);
    fprintf(f, "\"x\": %.4f, \"y\": %.4f", o->x, o->y);
}

static void print_point(FILE *f, const double p[3])
{
    fprintf(f, "[%.4f, %.4f, %.4f]", p[0], p[1], p[2]);
}

static void print_view(FILE *f, const idc_triple *t, int k, const char *extension)
{
    const idc_view *v = &t->view[k];
    fprintf(f, "\"%s\": {", idc_view_names[k]);
    print_file(f, "file", t, k, extension);
    fputs(", \"camera\": ", f);
    print_point(f, v->camera);
    for (int i = 0; i < IDC_LAMPS; i++) {
        fprintf(f, "%s\"%s\": ", i ? ", " : ", \"lamp\": {", idc_lamp_names[i]);
        print_point(f, v->lamp[i]);
    }
    fputs("}, \"objects\": [", f);
    for (int i = 0; i < v->count; i++) {
        fputs(i ? ", {" : "{", f);
        print_attrs(f, &v->objects[i]);
        fprintf(f, ", \"theta\": %.4f, \"pixels\": %d, \"box\": ", v->objects[i].theta,
                t->seen[k][i].pixels);
        print_box(f, &t->seen[k][i]);
        fputs("}", f);
    }
    fputs("]}", f);
}

void idc_scene_print(FILE *f, const idc_triple *t, const char *extension)
{
    fprintf(f, "{\"triple\": \"%s\", \"type\": \"%s\", \"lamps\": \"%s\", \"views\": {", t->name,
            idc_type_names[t->type], t->fresh_lamps ? "fresh" : "kept");
    for (int k = 0; k < IDC_VIEWS; k++) {
        print_view(f, t, k, extension);
        fputs(k < IDC_VIEWS - 1 ? ", " : "}}\n", f);
    }
}

/* The sentences of a pair: those whose phrases were checked, and the canonical one where it fits one object alone. */
static void print_sentences(FILE *f, const idc_sentences *s, const char *before)
{
    int first = s->plain_fits ? 0 : 1;
    for (int i = first; i < s->count; i++)
        fprintf(f, "%s%s\"%s\"", i > first ? "," : "", i > first || *before == '\n' ? before : "",
                s->text[i]);
}

static void print_changed(FILE *f, const idc_triple *t)
{
    fputs("\"changed\": {", f);
    for (int k = 0; k < 2; k++) {
        fputs(k ? ", \"after\": " : "\"before\": ", f);
        if (t->index[k] < 0) {
            fputs("null", f);
            continue;
        }
        fputs("{", f);
        print_attrs(f, &t->view[k].objects[t->index[k]]);
        fputs("}", f);
    }
    fputs("}", f);
    for (int k = 0; k < 2; k++) {
        fputs(k ? ", \"box_after\": " : ", \"box_before\": ", f);
        if (t->index[k] < 0)
            fputs("null", f);
        else
            print_box(f, &t->seen[k][t->index[k]]);
    }
}

static void print_pair(FILE *f, const idc_triple *t, int view, const char *extension)
{
    const int semantic = view == IDC_SEMANTIC;
    fprintf(f, "{\"id\": \"%s-%c\", \"triple\": \"%s\", ", t->name, idc_view_names[view][0],
            t->name);
    print_file(f, "before", t, IDC_BEFORE, extension);
    fputs(", ", f);
    print_file(f, "after", t, view, extension);
    fprintf(f, ", \"type\": \"%s\", ", idc_type_names[semantic ? t->type : IDC_NONE]);
    if (semantic)
        print_changed(f, t);
    else
        fputs("\"changed\": null, \"box_before\": null, \"box_after\": null", f);
    fprintf(f, ", \"objects\": [%d, %d], \"lamps\": \"%s\", \"view_iou\": %.3f, \"captions\": [",
            t->view[IDC_BEFORE].count, t->view[view].count, t->fresh_lamps ? "fresh" : "kept",
            idc_triple_overlap(t, view));
    print_sentences(f, semantic ? &t->forward : &t->none, " ");
    fputs("]}\n", f);
}

void idc_pairs_print(FILE *f, const idc_triple *t, const char *extension)
{
    print_pair(f, t, IDC_SEMANTIC, extension);
    print_pair(f, t, IDC_NONSEMANTIC, extension);
}

void idc_refs_print(FILE *f, const idc_triple *t, int first)
{
    for (int k = IDC_SEMANTIC; k <= IDC_NONSEMANTIC; k++) {
        fprintf(f, "%s\n\"%s-%c\": [", first && k == IDC_SEMANTIC ? "" : ",", t->name,
                idc_view_names[k][0]);
        print_sentences(f, k == IDC_SEMANTIC ? &t->forward : &t->none, "\n");
        fputs("\n]", f);
    }
}
